// Honest updates, as a server receives them: headless Tiptap editors and bare Yjs clients work on documents, lose
// their connection, come back, send things twice, and share a browser with another tab.
//
//   node corpus.mjs SEED UPDATES FILE      packages from CARNET_NODE_MODULES, else from web/node_modules
//
// FILE is a sequence of records: kind (1 byte), document, client, length (4 bytes each, big-endian), then the bytes.
//   0 a document begins: its scenario's name     1 an update, in the order of arrival
//   2 its final state vector     3 its final state as one update     4 its final content as text
// The same seed makes the same file: chance and time come from the seed alone.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const packages = process.env.CARNET_NODE_MODULES ?? join(here, '../../web/node_modules')
const require = createRequire(join(packages, '../package.json'))

let now = 1_700_000_000_000
Date.now = () => now

const { Window } = await import(pathToFileURL(require.resolve('happy-dom')).href)
const window = new Window({ url: 'http://127.0.0.1/' })
const globals = ['document', 'navigator', 'Node', 'Element', 'HTMLElement', 'DOMParser', 'MutationObserver']
for (const name of [...globals, 'Event', 'KeyboardEvent', 'ClipboardEvent', 'Text', 'DocumentFragment']) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
}
Object.defineProperty(globalThis, 'window', { value: window, configurable: true })
for (const name of ['getSelection', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame']) {
  globalThis[name] = window[name].bind(window)
}

const Y = require('yjs')
const { Editor } = require('@tiptap/core')
const { StarterKit } = require('@tiptap/starter-kit')
const { Collaboration } = require('@tiptap/extension-collaboration')
const { TextSelection } = require('@tiptap/pm/state')

// --- chance ---

const [seed, wanted, file] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]
let state = seed >>> 0

/** mulberry32: 0 <= x < 1. */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const below = (n) => Math.floor(random() * n)
const chance = (p) => random() < p
const pick = (list) => list[below(list.length)]

// --- the file ---

const records = []
let received = 0

function record(kind, document, client, bytes) {
  const head = Buffer.alloc(13)
  head.writeUInt8(kind)
  head.writeUInt32BE(document, 1)
  head.writeUInt32BE(client, 5)
  head.writeUInt32BE(bytes.length, 9)
  records.push(head, Buffer.from(bytes))
}

// --- the server ---

/** What the server knows and whom it tells. It relays nothing that does not close yet, as ours does not. */
class Room {
  constructor(number, name) {
    this.number = number
    this.doc = new Y.Doc()
    this.clients = []
    this.waiting = []
    record(0, number, 0, Buffer.from(name))
  }

  receive(client, update) {
    received += 1
    record(1, this.number, client.number, update)
    Y.applyUpdate(this.doc, update)
    this.waiting.push({ client, update })
    if (this.closed) {
      for (const one of this.waiting.splice(0)) {
        for (const other of this.clients) if (other.online && other !== one.client) other.inbox.push(one.update)
      }
    }
  }

  get closed() {
    return this.doc.store.pendingStructs === null && this.doc.store.pendingDs === null
  }
}

// --- the clients ---

const PROVIDER = { name: 'what came over the wire' }

/** A Y.Doc with a connection, a local copy, perhaps a second tab, and perhaps an editor. */
class Client {
  constructor(room, { editor = true, gc = true } = {}) {
    this.room = room
    this.number = room.clients.push(this) - 1
    this.edits = editor
    this.gc = gc
    this.tab = null
    this.stored = []
    this.open()
  }

  /** A page opens: a new client id, the local copy loaded as one update. */
  open() {
    this.doc = new Y.Doc({ gc: this.gc })
    this.doc.clientID = chance(0.9) ? below(2 ** 32) : below(2 ** 53)
    this.online = false
    this.inbox = []
    this.queue = []
    this.doc.on('update', (update, origin) => this.updated(update, origin))
    const stored = this.stored
    this.stored = []
    if (stored.length > 0) {
      this.doc.transact(() => stored.forEach((update) => Y.applyUpdate(this.doc, update)), 'local copy')
    }
    this.editor = this.edits ? edit(this.doc) : null
  }

  updated(update, origin) {
    this.stored.push(update)
    if (origin === PROVIDER) return
    if (this.tab) Y.applyUpdate(this.tab.doc, update, PROVIDER)
    if (this.online) this.room.receive(this, update)
    else this.queue.push(update)
  }

  /** The handshake. What was made meanwhile goes out as it was made, or within SyncStep2, or both. */
  connect() {
    if (this.online) return
    const known = Y.encodeStateVector(this.room.doc)
    this.online = true
    if (chance(0.5)) this.queue.forEach((update) => this.room.receive(this, update))
    this.queue = []
    if (chance(0.1)) this.room.receive(this, Y.encodeStateAsUpdate(this.doc, olderVector(known)))
    this.room.receive(this, Y.encodeStateAsUpdate(this.doc, known))
    this.inbox = [Y.encodeStateAsUpdate(this.room.doc, Y.encodeStateVector(this.doc))]
  }

  disconnect() {
    this.online = false
    this.inbox = []
  }

  /** Whatever has come from the server, in one go. */
  read() {
    const updates = this.inbox.splice(0)
    if (updates.length > 0) {
      this.doc.transact(() => updates.forEach((update) => Y.applyUpdate(this.doc, update)), PROVIDER)
    }
  }

  /** The page is closed and opened again. */
  reopen() {
    this.close()
    this.open()
  }

  close() {
    this.online = false
    this.editor?.destroy()
    this.doc.destroy()
  }
}

function olderVector(vector) {
  const older = new Map()
  for (const [client, clock] of Y.decodeStateVector(vector)) if (chance(0.8)) older.set(client, below(clock + 1))
  return Y.encodeStateVector(older)
}

function edit(doc) {
  const without = ['undoRedo', 'trailingNode', 'blockquote', 'code', 'codeBlock', 'horizontalRule', 'strike']
  return new Editor({
    element: document.createElement('div'),
    extensions: [
      StarterKit.configure(Object.fromEntries(without.map((name) => [name, false]))),
      Collaboration.configure({ document: doc }),
    ],
  })
}

// --- what people do in an editor ---

const LOW_SURROGATE = /^[\udc00-\udfff]$/
const WORDS = ['note', 'appel', 'à rappeler', 'Zoë', '😀', '👩‍👩‍👧', 'é', '你好', 'https://example.com ', 'RDV', '12 €', '🇫🇷']
const LINKS = ['https://example.com/a?b=c&d=e', 'mailto:ada@example.com', 'tel:+33123456789', '/prices', '#top', 'www.example.com']
const PASTES = [
  '<h2>Titre</h2><p>un <b>gras <i>et italique</i></b> 😀</p>',
  '<ul><li>a</li><li><p>b</p><ol start="3"><li>c</li></ol></li></ul>',
  '<p><a href="https://example.com" title="t">lien</a> <a href="/relative">ici</a> <b>b<br>c</b></p>',
  '<blockquote><p>cité</p></blockquote><pre><code>code</code></pre><hr><p><s>barré</s></p>',
]

function type(editor, text) {
  const { view } = editor
  for (const character of text) {
    const { from, to } = view.state.selection
    const plain = () => view.state.tr.insertText(character, from, to)
    const taken = view.someProp('handleTextInput', (handle) => handle(view, from, to, character, plain))
    if (!taken) view.dispatch(plain())
  }
}

/** A caret never stands between the halves of a surrogate pair. */
function spot(editor, position) {
  const found = editor.state.doc.resolve(Math.min(position, editor.state.doc.content.size))
  if (!found.parent.isTextblock) return found
  const text = found.parent.textBetween(0, found.parent.content.size, undefined, '\n')
  return LOW_SURROGATE.test(text[found.parentOffset] ?? '') ? editor.state.doc.resolve(found.pos + 1) : found
}

function select(editor, length) {
  const from = below(editor.state.doc.content.size + 1)
  const selection = TextSelection.between(spot(editor, from), spot(editor, from + below(length + 1)))
  editor.view.dispatch(editor.state.tr.setSelection(selection))
}

/** What the key does; inside a line browsers do it by themselves. */
function backspace(editor) {
  const { $from, empty } = editor.state.selection
  if (editor.commands.keyboardShortcut('Backspace') || !empty || !$from.parentOffset) return
  const back = LOW_SURROGATE.test($from.nodeBefore?.text?.at(-1) ?? '') ? 2 : 1
  editor.commands.deleteRange({ from: $from.pos - back, to: $from.pos })
}

const EDITS = [
  [40, (editor) => type(editor, pick(WORDS))],
  [8, (editor) => type(editor, pick(['# ', '- ', '1. ', '**b** ', ' ', '...']))],
  [12, (editor) => select(editor, 0)],
  [8, (editor) => (select(editor, 20), editor.commands.deleteSelection())],
  [12, backspace],
  [10, (editor) => editor.commands.keyboardShortcut('Enter')],
  [6, (editor) => (select(editor, 30), editor.commands.toggleMark(pick(['bold', 'italic', 'underline'])))],
  [4, (editor) => (select(editor, 15), editor.commands.setLink({ href: pick(LINKS) }))],
  [2, (editor) => (select(editor, 60), editor.chain().unsetLink().unsetAllMarks().run())],
  [5, (editor) => editor.commands.toggleHeading({ level: 1 + below(3) })],
  [4, (editor) => editor.commands.toggleBulletList()],
  [4, (editor) => editor.commands.toggleOrderedList()],
  [4, (editor) => editor.commands.sinkListItem('listItem')],
  [3, (editor) => editor.commands.liftListItem('listItem')],
  [5, (editor) => editor.commands.setHardBreak()],
  [7, (editor) => editor.commands.undo()],
  [4, (editor) => editor.commands.redo()],
  [3, (editor) => editor.view.pasteHTML(pick(PASTES))],
  [1, (editor) => (editor.commands.selectAll(), chance(0.5) && editor.commands.deleteSelection())],
]
const EDITS_WEIGHT = EDITS.reduce((sum, [weight]) => sum + weight, 0)

function actInEditor(editor) {
  let at = below(EDITS_WEIGHT)
  const [, act] = EDITS.find(([weight]) => (at -= weight) < 0)
  act(editor)
}

// --- what a client without an editor does: a phone, a script ---

function texts(node) {
  return node instanceof Y.XmlText ? [node] : node.toArray().flatMap(texts)
}

/** Never between the halves of a surrogate pair. */
function position(text) {
  const plain = text.toDelta().map((part) => part.insert).join('')
  const at = below(plain.length + 1)
  return LOW_SURROGATE.test(plain[at] ?? '') ? at + 1 : at
}

function actInDoc(doc) {
  const root = doc.getXmlFragment('default')
  const found = texts(root)
  if (found.length === 0 || chance(0.02)) {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(pick(WORDS))])
    root.insert(below(root.length + 1), [paragraph])
    return
  }
  const text = pick(found)
  const [a, b] = [position(text), position(text)].sort((x, y) => x - y)
  const dice = random()
  if (dice < 0.6) text.insert(a, pick(WORDS))
  else if (dice < 0.8) text.delete(a, Math.min(b - a, 20) && b - a)
  else if (dice < 0.95) text.format(a, b - a, { [pick(['bold', 'italic', 'underline'])]: pick([{}, null]) })
  else if (root.length > 1) root.delete(below(root.length), 1)
}

// --- scenarios ---

const tick = () => new Promise((resolve) => setTimeout(resolve, 0))

/** Several people at once, some of them now and then away. */
async function together(room, steps) {
  const clients = [new Client(room), new Client(room, { gc: chance(0.8) }), new Client(room, { editor: false })]
  await tick()
  clients.forEach((client) => chance(0.7) && client.connect())
  const tabs = chance(0.3)
  if (tabs) [clients[0].tab, clients[1].tab] = [clients[1], clients[0]]
  const resends = []
  for (let step = 0; step < steps; step += 1) {
    now += below(700)
    const client = pick(clients)
    const dice = random()
    if (dice < 0.9) client.editor ? actInEditor(client.editor) : actInDoc(client.doc)
    else if (dice < 0.93) client.disconnect()
    else if (dice < 0.97) client.connect()
    else if (dice < 0.975 && !tabs) (client.reopen(), await tick())
    else if (client.online && client.stored.length > 0) resends.push([client, pick(client.stored)])
    if (chance(0.3)) pick(clients).read()
    if (chance(0.1)) for (const [from, update] of resends.splice(0)) if (from.online) room.receive(from, update)
  }
  return clients
}

/** A long paste, then work in it. */
async function paste(room) {
  const clients = [new Client(room), new Client(room)]
  await tick()
  clients.forEach((client) => client.connect())
  const characters = Array.from({ length: 100_000 }, () => String.fromCharCode(0x4e00 + below(20_000))).join('')
  clients[0].editor.view.pasteText(characters)
  clients[1].read()
  for (let step = 0; step < 20; step += 1) actInEditor(pick(clients).editor)
  return clients
}

/** Weeks without a network. */
async function offline(room) {
  const away = new Client(room, { editor: false })
  const here = new Client(room)
  await tick()
  here.connect()
  type(here.editor, 'Pendant ce temps, ici aussi. ')
  for (let edits = 0; edits < 20_000; edits += 1) actInDocQuickly(away.doc)
  for (let step = 0; step < 50; step += 1) actInEditor(here.editor)
  away.queue = []
  away.connect()
  return [away, here]
}

let caret = 0

function actInDocQuickly(doc) {
  const text = doc.getXmlFragment('default').get(0)?.get(0)
  if (!text) {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('début ')])
    doc.getXmlFragment('default').insert(0, [paragraph])
    return
  }
  if (caret > text.length || chance(0.02)) caret = below(text.length + 1)
  if (chance(0.85)) text.insert(caret++, pick(['a', 'é', 'x', ' ', '语']))
  else if (caret > 0) text.delete(--caret, 1)
}

/** Everybody comes back and reads until nobody has anything to say; then all are equal. */
async function settle(room, clients) {
  clients.forEach((client) => {
    client.tab = null
    client.disconnect()
    client.connect()
  })
  for (let round = 0; clients.some((client) => client.inbox.length > 0); round += 1) {
    assert(round < 50, 'clients do not come to rest')
    clients.forEach((client) => client.read())
    await tick()
  }
  assert(room.closed, 'something never closed')
  const text = room.doc.getXmlFragment('default').toString()
  clients.forEach((client) => assert.equal(client.doc.getXmlFragment('default').toString(), text))
  record(2, room.number, 0, Y.encodeStateVector(room.doc))
  record(3, room.number, 0, Y.encodeStateAsUpdate(room.doc))
  record(4, room.number, 0, Buffer.from(text))
  clients.forEach((client) => client.close())
}

const SCENARIOS = [['paste of 100,000 characters', paste], ['20,000 edits offline', offline]]

for (let number = 0; received < wanted; number += 1) {
  const [name, play] = SCENARIOS[number] ?? ['together', (room) => together(room, 400)]
  const room = new Room(number, name)
  await settle(room, await play(room))
}
writeFileSync(file, Buffer.concat(records))
await window.happyDOM.close()
