// Makes the pictures of the workshop that README and the manifest show: npm run screenshots
import base from './playwright.config.ts';

export default { ...base, testDir: '.', testMatch: 'screenshots.spec.ts', workers: 1 };
