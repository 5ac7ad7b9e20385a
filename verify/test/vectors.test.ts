import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { casesOf } from './vector-cases.ts';

const vectors = fileURLToPath(new URL('../../docs/spec/vectors', import.meta.url));

for (const { title, run } of casesOf(vectors)) test(title, run);
