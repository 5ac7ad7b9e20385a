import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Usage, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { plain } from '../text.ts';

/** Makes the app that a tenant installs, so that the bot can be in its teams and chats. */
export const packageApp: Run = async ({ io, words, text, has }) => {
  const { appPackage, whyNoApp } = await import('@countersign/channel-teams');
  const settings = {
    appId: text('app-id') ?? '',
    publicUrl: text('public-url') ?? '',
    version: text('app-version') ?? '1.0.0',
    name: text('name') ?? 'Countersign',
  };
  const because = whyNoApp(settings);
  if (because !== undefined) throw new Usage(because);
  const file = resolve(io.cwd, words[0] ?? '');
  const bytes = appPackage(settings);
  writeFileSync(file, bytes);
  if (has('json')) io.out(`${JSON.stringify({ file, bytes: bytes.length, ...settings })}\n`);
  else
    io.out(
      `made ${plain(file)}\nUpload it in the Teams admin center (Teams apps, Manage apps), or to one team to try it.\n`,
    );
  return EXIT.done;
};
