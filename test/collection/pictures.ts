import build from '../support/build';
import { drawPictures } from './support/draw-pictures';

/** Draws the pictures of the guide for support staff anew: `npm run pictures`. */
async function main(): Promise<void> {
  process.env['TZ'] = 'UTC'; // dates on the pages are in the computer's time zone
  build();
  await drawPictures('collections/pictures');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
