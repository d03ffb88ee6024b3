/** The forms in which models wrap, or spoil, the JSON that they were asked for. */
export const replyShapes = {
  bare: (json: string) => json,
  fenced: (json: string) => `\`\`\`json\n${json}\n\`\`\``,
  /** No line break behind the fence's language. */
  fencedTight: (json: string) => `\`\`\`json${json}\`\`\``,
  prefixed: (json: string) => `Here is the JSON that you asked for:\n\n${json}\n\nTell me if you need more.`,
  reasoned: (json: string) =>
    `<think>\nFirst I might say {"script": "echo draft"}, but no.\n</think>\n\n${json}`,
  /** As endpoints send it that cut the opening tag. */
  halfReasoned: (json: string) => `I could start with {"script": "echo draft"}.\n</think>\n${json}`,
} as const;

/** What is no answer at all. */
export const spoiltShapes = {
  empty: () => '',
  blank: () => ' \n ',
  malformed: (json: string) => json.slice(0, Math.max(1, Math.floor(json.length / 2))),
  prose: () => 'I looked at the capture and everything seems to be in order.',
  endlessReasoning: (json: string) => `<think>\nHmm, ${json}`,
  wrongKeys: () => JSON.stringify({ answer: 42 }),
} as const;
