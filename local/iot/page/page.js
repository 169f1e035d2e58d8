// Everything from the broker is put in as text, never as markup: topics, client IDs and payloads are whatever somebody sent.
'use strict'
{
  const everyMs = 1000
  const historyLength = 60
  const byId = (id) => document.getElementById(id)
  const number = new Intl.NumberFormat('en')
  const counted = (count, name) => `${number.format(count)} ${name}${count === 1 ? '' : 's'}`
  const history = new Map()
  let last
  let paused = false
  let allQuotas = false

  const element = (name, text, className) => {
    const made = document.createElement(name)
    if (text !== undefined) made.textContent = text
    if (className) made.className = className
    return made
  }
  const setText = (node, text) => {
    if (node.textContent !== text) node.textContent = text
  }
  const ago = (at) => {
    const seconds = Math.max(0, Math.round((last.at - at) / 1000))
    if (seconds < 100) return `${seconds} s ago`
    if (seconds < 6000) return `${Math.round(seconds / 60)} min ago`
    return `${Math.round(seconds / 3600)} h ago`
  }

  /** Keeps the rows whose key stays, so that focus and selection do too. A cell is a text, or { text, small, className, meter }. */
  function fill(sectionId, items, keyOf, cellsOf) {
    const section = byId(sectionId)
    section.dataset.empty = String(items.length === 0)
    const body = section.querySelector('tbody')
    const before = new Map(Array.from(body.rows, (row) => [row.dataset.key, row]))
    items.forEach((item, index) => {
      const key = keyOf(item)
      const row = before.get(key) ?? element('tr')
      before.delete(key)
      row.dataset.key = key
      const { cells, bad = false } = cellsOf(item)
      row.classList.toggle('bad', bad)
      cells.forEach((cell, at) => fillCell(row.cells[at] ?? row.insertCell(), cell))
      if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null)
    })
    for (const row of before.values()) row.remove()
  }

  function fillCell(td, given) {
    const cell = typeof given === 'object' ? given : { text: given }
    td.className = cell.className ?? ''
    let text = td.querySelector('span')
    if (!text) {
      if (cell.meter) td.append(element('meter'), ' ')
      text = element('span')
      td.append(text)
      if (cell.small !== undefined) td.append(element('small'))
    }
    setText(text, String(cell.text))
    if (cell.small !== undefined) setText(td.querySelector('small'), cell.small)
    if (cell.meter) {
      const meter = td.querySelector('meter')
      Object.assign(meter, {
        min: 0,
        max: cell.meter.max,
        high: cell.meter.max * 0.8,
        value: cell.meter.value,
      })
      meter.setAttribute('aria-label', cell.meter.label)
    }
  }

  const numeric = (value, className = '') => ({
    text: value === undefined || value === null ? '–' : number.format(value),
    className: `number ${className}`,
  })
  const when = (at) => ({ text: ago(at), className: 'when' })
  const code = (text, small) => ({ text, small, className: 'code' })

  function figure(id, label, value, { small, bad = false, line = false } = {}) {
    const figures = byId('figures')
    let box = byId(`figure-${id}`)
    if (!box) {
      box = element('div')
      box.id = `figure-${id}`
      box.append(element('dt', label), element('dd'))
      if (small !== undefined) box.append(element('dd', '', 'small'))
      if (line) {
        const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
        svg.setAttribute('viewBox', `0 0 ${historyLength - 1} 20`)
        svg.setAttribute('preserveAspectRatio', 'none')
        svg.setAttribute('aria-hidden', 'true')
        svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'polyline'))
        box.append(svg)
      }
      figures.append(box)
    }
    box.classList.toggle('bad', bad)
    setText(box.querySelector('dd'), number.format(value))
    if (small !== undefined) setText(box.querySelector('.small'), small)
    if (line) draw(id, value, box.querySelector('polyline'))
  }

  function draw(id, value, polyline) {
    const values = history.get(id) ?? []
    values.push(value)
    if (values.length > historyLength) values.shift()
    history.set(id, values)
    const most = Math.max(1, ...values)
    const from = historyLength - values.length
    polyline.setAttribute(
      'points',
      values.map((each, index) => `${from + index},${20 - (each / most) * 19}`).join(' '),
    )
  }

  /** A rate from two snapshots of a counter, a second. */
  function perSecond(before, now, read) {
    if (!before || now.at <= before.at) return 0
    return Math.max(0, Math.round(((read(now) - read(before)) * 1000) / (now.at - before.at)))
  }

  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0)
  const shareOf = ({ used, value }) => (used === undefined ? -1 : used / value)

  function show(before, now, isNew) {
    const { stats } = now
    setText(
      byId('about'),
      `${now.region} · quotas ${{ enforce: 'enforced', count: 'counted only', off: 'off' }[now.quotaMode]}`,
    )
    figure('connections', 'Connections', stats.connections, {
      small: counted(stats.sessions, 'session'),
    })
    figure('subscriptions', 'Subscriptions', stats.subscriptions, {
      small: counted(now.subscriptions.total, 'filter'),
    })
    if (isNew) {
      figure(
        'in',
        'Published / s',
        perSecond(before, now, (each) => each.stats.publishes),
        { line: true },
      )
      figure(
        'out',
        'Delivered / s',
        perSecond(before, now, (each) => each.stats.deliveries),
        { line: true },
      )
    }
    figure('units', 'Billed units', stats.units.total, { small: 'messages of 5 KB' })
    figure('denials', 'Denials', stats.denials, {
      bad: stats.denials > 0,
      small: `${number.format(stats.refusedConnects)} CONNECTs refused`,
    })
    const hits = sum(stats.quotaHits)
    figure('hits', 'Over a quota', hits, { bad: hits > 0, small: 'times' })
    const drops = sum(stats.drops)
    figure('drops', 'Dropped', drops, { bad: drops > 0, small: dropsTold(stats.drops) })
    showLists(now)
  }

  const dropNames = {
    slowReader: 'slow reader',
    rate: 'rate',
    packetSize: 'packet size',
    queue: 'queue',
    expired: 'expired',
    fault: 'fault',
  }
  function dropsTold(drops) {
    const told = Object.entries(drops)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${dropNames[name] ?? name} ${number.format(count)}`)
    return told.join(', ') || 'messages'
  }

  function showLists(now) {
    const { denials, subscriptions, retained, rules, quotas, stats } = now
    setText(byId('denials-total'), number.format(denials.total))
    setText(byId('subscriptions-total'), number.format(stats.subscriptions))
    setText(byId('retained-total'), number.format(retained.total))
    setText(byId('rules-total'), number.format(rules.length))
    setText(byId('connections-total'), number.format(stats.connections))
    fill(
      'denials',
      denials.first,
      (d) => JSON.stringify([d.clientId, d.principal, d.action, d.resource, d.because]),
      (d) => ({
        cells: [
          when(d.lastAt),
          code(d.principal, d.clientId ?? 'HTTP'),
          code(d.action),
          code(d.resource),
          { text: d.because, small: statement(d.statement) },
          numeric(d.times),
        ],
      }),
    )
    const listed = quotas.filter(({ hits, used }) => allQuotas || hits > 0 || used !== undefined)
    listed.sort(
      (one, other) => Number(other.hits > 0) - Number(one.hits > 0) || shareOf(other) - shareOf(one),
    )
    const overs = quotas.filter(({ hits }) => hits > 0).length
    setText(byId('quotas-total'), overs === 0 ? '' : `${overs} hit`)
    fill(
      'quotas',
      listed,
      ({ id }) => id,
      (quota) => ({ bad: quota.hits > 0, cells: quotaCells(quota) }),
    )
    showConnections(now)
    fill(
      'subscriptions',
      subscriptions.first,
      ({ filter }) => filter,
      ({ filter, subscribers }) => ({ cells: [code(filter), numeric(subscribers)] }),
    )
    fill(
      'retained',
      retained.first,
      ({ topic }) => topic,
      (kept) => ({
        cells: [
          code(kept.topic),
          { ...code(kept.preview), className: 'code quiet' },
          numeric(kept.bytes),
          when(kept.lastModifiedAt),
        ],
      }),
    )
    fill(
      'rules',
      rules,
      ({ name }) => name,
      (rule) => ({
        bad: rule.failed + rule.dropped > 0,
        cells: [
          code(rule.name),
          code(rule.sql),
          numeric(rule.matched),
          numeric(rule.triggered),
          numeric(rule.succeeded),
          numeric(rule.failed, 'hits'),
          numeric(rule.dropped),
        ],
      }),
    )
  }

  function quotaCells(quota) {
    const { name, unit, per, used, value, usedMost, hits, over, seen, adjustable } = quota
    const use =
      used === undefined
        ? { text: `a ${per}`, className: 'quiet' }
        : {
            text: number.format(used),
            meter: { value: used, max: value, label: `${name}: ${used} of ${value}` },
          }
    return [
      { text: name, small: adjustable ? 'AWS raises it on request' : 'fixed' },
      use,
      { ...numeric(value), small: unit },
      numeric(usedMost),
      numeric(hits, 'hits'),
      over,
      seen,
    ]
  }

  function showConnections(now) {
    const wanted = byId('find').value.trim().toLowerCase()
    const found = now.connections.filter(
      ({ clientId, principal, subscriptions }) =>
        wanted === '' ||
        [clientId, principal, ...subscriptions].some((text) => text.toLowerCase().includes(wanted)),
    )
    fill(
      'connections',
      found,
      ({ clientId }) => clientId,
      (c) => ({
        cells: [
          code(c.clientId, c.remoteAddress),
          code(c.principal),
          c.protocolVersion === 5 ? '5' : '3.1.1',
          when(c.connectedAt),
          code(c.subscriptions.join('  ') || '–'),
          numeric(c.deliveries),
          numeric(c.bufferedBytes),
          numeric(c.units.total),
        ],
      }),
    )
    const empty = byId('connections').querySelector('.empty')
    setText(
      empty,
      wanted === ''
        ? 'Nobody is connected.'
        : `None of the first ${now.connections.length} connections has “${wanted}”.`,
    )
  }

  /** Where the deciding statement stands, as its author finds it. */
  const statement = (place) =>
    place === undefined || place === null
      ? ''
      : `${place.effect} by statement ${place.index + 1} of document ${place.document + 1}${place.sid ? ` (${place.sid})` : ''}`

  function say(state, text) {
    const status = byId('status')
    if (status.dataset.state !== state) status.dataset.state = state
    setText(status, text)
  }

  async function refresh() {
    try {
      const answer = await fetch('?format=json', {
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(5000),
      })
      if (!answer.ok) throw new Error(`the broker answered ${answer.status}`)
      const now = await answer.json()
      const before = last
      last = now
      show(before, now, true)
      say('live', 'live')
    } catch {
      // It is being started anew, most likely: the next look will tell.
      say('lost', 'the broker does not answer')
    }
  }

  async function loop() {
    if (!paused && !document.hidden) await refresh()
    setTimeout(loop, everyMs)
  }

  byId('pause').addEventListener('click', () => {
    paused = !paused
    byId('pause').setAttribute('aria-pressed', String(paused))
    setText(byId('pause'), paused ? 'Go on' : 'Pause')
    if (paused) say('paused', 'paused')
    else void refresh()
  })
  byId('more-quotas').addEventListener('click', () => {
    allQuotas = !allQuotas
    byId('more-quotas').setAttribute('aria-expanded', String(allQuotas))
    setText(
      byId('more-quotas'),
      allQuotas ? 'Show fewer quotas' : 'Show the quotas of single messages, topics and connections',
    )
    if (last) showLists(last)
  })
  byId('find').addEventListener('input', () => {
    if (last) showConnections(last)
  })
  void loop()
}
