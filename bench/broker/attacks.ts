export const attackKinds = [
  'half-open upgrades',
  'connections without a CONNECT',
  'oversize frames',
  'CONNECTs under one client ID',
] as const

export type AttackKind = (typeof attackKinds)[number]
