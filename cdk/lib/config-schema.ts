/** The JSON schema of the config, for editors: made of its definition, with what README.md says of each setting. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CONFIG } from './config.ts';

/** A schema, or a part of one, as far as it is walked. */
interface Schema {
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  items?: Schema;
  description?: string;
}

/** The schema, its members described by the table of README.md's section *The config file*. */
export function configSchema(readme: string): Schema {
  const schema = z.toJSONSchema(CONFIG, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as Schema;
  const descriptions = describe(readFileSync(readme, 'utf8'));
  for (const [path, member] of settingsOf(schema)) {
    const description = descriptions.get(path);
    if (description) member.description = description;
  }
  return schema;
}

/** Every setting by its path, as `enrichment.callers`. */
export function settingsOf(schema: Schema, path: string[] = []): [path: string, member: Schema][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, member]): [string, Schema][] =>
    [[[...path, name].join('.'), member], ...settingsOf(member, [...path, name])]);
  return [...own, ...(schema.anyOf ?? []).flatMap((one) => settingsOf(one, path)), ...(schema.items ? settingsOf(schema.items, path) : [])];
}

/** What the table says of each setting. */
function describe(text: string): Map<string, string> {
  const rows = [...text.matchAll(/^\| (`[^|]+`) \| [^|]* \| (.*) \|$/gm)];
  const plain = (markdown: string) => markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  return new Map(rows.flatMap(([, names, meaning]) => names!.split(', ').map((name): [string, string] => [name.replaceAll('`', ''), plain(meaning!)])));
}
