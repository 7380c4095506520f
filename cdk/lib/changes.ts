/** What a change of the config deletes or replaces, read from what `cdk diff` prints. */

/** A resource that a deployment ends or makes anew. */
export interface Change {
  readonly type: string;
  readonly id: string;
  /** `stays` is no longer the stack's, and costs until somebody deletes it. */
  readonly becomes: 'deleted' | 'replaced' | 'stays';
}

/** What holds data, or cannot be restored; a nested stack is all that only another instance has. */
const HOLDS_DATA = new Set([
  'AWS::CloudFormation::Stack', 'AWS::Connect::Instance', 'AWS::Connect::PhoneNumber', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Kinesis::Stream', 'AWS::OpenSearchService::Domain',
  'AWS::RDS::DBCluster', 'AWS::S3::Bucket',
]);
/** The end of a line of `cdk diff`, and what it means. */
const ENDS: [end: RegExp, becomes: Change['becomes']][] = [
  [/ destroy$/, 'deleted'], [/ orphan$/, 'stays'], [/ (may be replaced|replace)$/, 'replaced'],
];

/** The changes in the text that `cdk diff --no-color` prints. What is made, or changed in place, is none. */
export function changesOf(text: string): Change[] {
  return text.split('\n').flatMap((line): Change[] => {
    const [, type, rest] = /^\[[-~]\] (\S+::\S+) (.+)$/.exec(line.trim()) ?? [];
    const found = ENDS.find(([end]) => end.test(line.trim()));
    if (!type || !rest || !found) return [];
    const id = rest.replace(found[0], '').split(' ').at(-1)!;
    return [{ type, id, becomes: found[1] }];
  });
}

/** The changes that would end data or an instance, but those that a person accepts by their ids. */
export function refused(changes: Change[], accepted: string[]): Change[] {
  return changes.filter(({ type, id, becomes }) => becomes !== 'stays' && HOLDS_DATA.has(type) && !accepted.includes(id));
}

/** For a person: what goes, and what is not to go without their word. */
export function report(changes: Change[], accepted: string[]): string {
  const list = (title: string, some: Change[]) => (some.length ? [title, ...some.map(({ type, id }) => `  ${type} ${id}`)] : []);
  const of = (becomes: Change['becomes']) => changes.filter((change) => change.becomes === becomes);
  const lines = [
    ...list('Deleted:', of('deleted')),
    ...list('Replaced, or maybe, by a new and empty one:', of('replaced')),
    ...list('Stays, no longer part of the stack, and costs until you delete it:', of('stays')),
    ...list('Refused, as it holds data or cannot be restored; --accept=ID, for each, accepts it:', refused(changes, accepted)),
  ];
  return lines.length ? lines.join('\n') : 'Nothing is deleted or replaced.';
}
