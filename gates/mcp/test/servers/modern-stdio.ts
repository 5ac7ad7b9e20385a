import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { modernServer } from './tools.ts';

const [legacy = 'reject'] = process.argv.slice(2);
serveStdio(() => modernServer(), { legacy: legacy === 'serve' ? 'serve' : 'reject' });
