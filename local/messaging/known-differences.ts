/**
 * Where fauxqs 2.4.1 does otherwise than AWS, by the name of the case, with what it does and what AWS does. A case that
 * stands here and passes is reported, so that the list stays true.
 */
export const knownDifferences: Readonly<Record<string, string>> = {
  'attributes come only when they are asked for, by name or prefix':
    'fauxqs answers all attributes to an empty list of names; AWS none',
  'what is too large is refused, what just fits is taken':
    "fauxqs answers the code AWS.SimpleQueueService.InvalidParameterValue; AWS's has no prefix",
  'an outdated or foreign receipt handle deletes nothing':
    'fauxqs takes any text for a receipt handle; AWS answers ReceiptHandleIsInvalid',
}
