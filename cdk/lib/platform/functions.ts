/**
 * The functions there are, and the memory of each, in MB. Lambda gives CPU in proportion: 1,769 MB is one core, so a function that
 * computes gets more than it fills, and one that waits for the network gets little.
 */
export const MEMORY_MB = {
  /** 26 MB at its peak for an event of 4.4 MB (Lambda's limit is 6 MB). A quarter of a core: parsing waits on nobody. */
  'ctr-enrich': 512,
  /** 24 MB at its peak with an object of 128 MB, at 700 MB/s of parsing on a whole core; SSH encrypts each byte, too. */
  'ctr-sftp': 512,
  /** 32 MB at its peak for a batch of 3,200 contact events (4.8 MB), 11 MB when idle; it waits for the table most of the time. */
  'contact-status': 256,
  /** Chosen, not measured yet: a batch of 500 records is 2 MB of text, and rows of it as much again. */
  'record-tables': 512,
  /** It waits for Connect most of the time. Chosen, not measured in Lambda. */
  'reconcile': 256,
  /** 12 MB at its peak. A caller waits, and a third of a core makes the first connection to the table soon. */
  'contact-flow': 512,
  /** 11 MB at its peak, for one look-up at a time. */
  'caller-api': 256,
  /** 30 MB at its peak with 250 queues and 1,200 agents, 13 MB when idle. A quarter of a core: an answer of 1,200 agents is read in one go. */
  'metrics-poller': 512,
  /** 10 MB at its peak: one short statement, one short answer. */
  'data-check': 256,
  /** 40 MB at its peak for 800 events that change 500 agents. A shard may bring 1,000 events a second, of which it reads 5.3 KB of JSON each. */
  'rta-feed': 512,
  /** Two requests of 11 KB at most, once a deployment. */
  'search-setup': 128,
  /** Chosen, not measured yet: somebody waits for the page, and a third of a core makes the first connections soon. */
  'board': 512,
} as const satisfies Record<string, number>;

/** The name of a function's package and binary. */
export type Binary = keyof typeof MEMORY_MB;
