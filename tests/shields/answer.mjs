// Reads questions as JSON from standard input and answers them with the libraries that shields.io runs.
import { readFileSync } from 'node:fs'
import { DOMParser } from '@xmldom/xmldom'
import { makeBadge } from 'badge-maker'
import { JSONPath } from 'jsonpath-plus'
import xpath from 'xpath'

const asked = JSON.parse(readFileSync(0, 'utf8'))

function attempt(answer) {
  try {
    return answer()
  } catch (error) {
    return `refused: ${error.message}`
  }
}

function query(json, path) {
  return JSONPath({ json, path, eval: false })
}

function select(document, path) {
  const found = xpath.select(path, document)
  return Array.isArray(found) ? found.map((node) => (node.firstChild ?? node).data) : [found]
}

const json = JSON.parse(asked.json ?? 'null')
const xml = asked.xml && new DOMParser().parseFromString(asked.xml, 'text/xml')
console.log(
  JSON.stringify({
    badges: (asked.badges ?? []).map((badge) => makeBadge(badge)),
    json: (asked.json_paths ?? []).map((path) => attempt(() => query(json, path))),
    xml: (asked.xml_paths ?? []).map((path) => attempt(() => select(xml, path))),
  }),
)
