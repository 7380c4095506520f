// What is true of the centre: tests/it/browser/truth.rs writes it.
import { readFileSync } from 'node:fs';

export const story = JSON.parse(readFileSync(process.env.STORY, 'utf8'));
