const prefix = '$aws/rules/'

/**
 * The rule that a Basic Ingest topic names, and the topic that the rule sees; undefined for any other topic. The first three levels
 * do not count toward the topic's length and slashes. docs/aws-iot-core.md §2.3, §9.
 */
export function basicIngest(topic: string): { readonly rule: string; readonly topic: string } | undefined {
  // Asked at each publish: most topics end here.
  if (topic.charCodeAt(0) !== 0x24 || !topic.startsWith(prefix)) return undefined
  const slash = topic.indexOf('/', prefix.length)
  return slash < 0
    ? { rule: topic.slice(prefix.length), topic: '' }
    : { rule: topic.slice(prefix.length, slash), topic: topic.slice(slash + 1) }
}
