import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { sdkServer } from './tools.ts';

process.stderr.write('legacy server is up\n');
await sdkServer().connect(new StdioServerTransport());
