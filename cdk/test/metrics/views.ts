/** The columns of the metric views, read from the statements that make them: crates/metrics/src/migrations/. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ColumnType } from '../../lib/metrics/quicksight-datasets.ts';

const MIGRATIONS = '../crates/metrics/src/migrations';
const TYPES: Record<string, ColumnType> = {
  text: 'STRING', NUMBER: 'DECIMAL', bigint: 'DECIMAL', MOMENT: 'DATETIME', WHOLE_DAY: 'DATETIME', WALL_CLOCK: 'DATETIME',
};

const sql = readdirSync(MIGRATIONS).sort().map((name) => readFileSync(`${MIGRATIONS}/${name}`, 'utf8')).join('\n').replaceAll(/--.*$/gm, '');

/** The types of the tables' columns, by name; a name has one type wherever it is. */
export const TABLE_TYPES: Readonly<Record<string, ColumnType>> = Object.fromEntries(
  [...sql.matchAll(/^ {4}(\w+) +(text|NUMBER|bigint|MOMENT|WHOLE_DAY|WALL_CLOCK)\b/gm)].map(([, name, type]) => [name, TYPES[type ?? '']]),
);

/** The columns of a table or view, in its order. */
export function columnsOf(relation: string): string[] {
  const table = last(new RegExp(`CREATE TABLE ${relation} \\(([^;]*)\\)[^;)]*;`, 'g'));
  if (table) return [...table.matchAll(/^ {4}(\w+) +(?!KEY)/gm)].map(([, name]) => name ?? '');
  const view = last(new RegExp(`CREATE VIEW ${relation} AS\\s+SELECT([^;]*);`, 'g'));
  if (view === undefined) throw new Error(`no table or view ${relation}`);
  return selected(view);
}

/** What was made last counts. */
function last(made: RegExp): string | undefined {
  return [...sql.matchAll(made)].at(-1)?.[1];
}

/** The columns of what follows a SELECT. */
function selected(query: string): string[] {
  const [list = '', from = ''] = split(query, /\bFROM\b/);
  return split(list, /,/).flatMap((item) => (/(^|\.)\*$/.test(item.trim()) ? source(from) : (/(\w+)\s*$/.exec(item)?.[1] ?? [])));
}

/** The columns of what follows a FROM: the first table, view or query there. */
function source(from: string): string[] {
  const inner = /^\s*\(\s*SELECT([\s\S]*)\) AS/.exec(from)?.[1];
  return inner === undefined ? columnsOf(/\w+/.exec(from)?.[0] ?? '') : selected(inner);
}

/** Splits a text where a separator is outside all parentheses. */
function split(text: string, separator: RegExp): string[] {
  const parts = [''];
  let depth = 0;
  for (const token of text.split(new RegExp(`(${separator.source}|[()])`)).filter((piece) => piece !== undefined)) {
    if (depth === 0 && new RegExp(`^${separator.source}$`).test(token)) {
      parts.push('');
      continue;
    }
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    parts[parts.length - 1] += token;
  }
  return parts;
}
