import { colorIcon, outlineIcon } from './icons.ts';
import { manifestOf, type AppSettings } from './manifest.ts';
import { zip } from './zip.ts';

/** The app as Teams takes it: manifest and icons in one archive, the same bytes for the same settings. */
export const appPackage = (settings: AppSettings): Buffer =>
  zip([
    {
      name: 'manifest.json',
      data: Buffer.from(JSON.stringify(manifestOf(settings), undefined, 2)),
    },
    { name: 'color.png', data: colorIcon() },
    { name: 'outline.png', data: outlineIcon() },
  ]);
