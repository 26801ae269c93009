// Reads the project's own sources as text and syntax and says, with file and line, where they break the rules of the house.
import { posix } from 'node:path'
import ts from 'typescript'

export type Finding = { readonly file: string; readonly line: number; readonly message: string }

export type Rules = {
  /** Which rooms of src a room may import, apart from itself. */
  readonly arrows: Readonly<Record<string, readonly string[]>>
  /** Rooms under src that are single files: the roots. */
  readonly roots: readonly string[]
  /** Packages that only these files (or folders, ending in "/") may import. */
  readonly packageDoors: Readonly<Record<string, readonly string[]>>
  /** Globals such as "Date.now" that only these files or folders of src may touch. */
  readonly globalDoors: Readonly<Record<string, readonly string[]>>
  /** Single imports that are forbidden although the rooms may: [start of the path, what it imports, reason]. */
  readonly forbidden: readonly (readonly [from: string, to: RegExp, reason: string])[]
  readonly fileLinesMax: number
  readonly functionLinesMax: number
  /** "file#function" that may be longer, with the reason. */
  readonly longFunctions: Readonly<Record<string, string>>
}

type Import = {
  readonly specifier: string
  readonly line: number
  readonly isReExport: boolean
  /** Types alone bring nothing of a package into the program. */
  readonly isTypeOnly: boolean
}
type Source = {
  readonly file: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

/** All findings of a set of files, given as path → text; paths are relative to the project and written with "/". */
export function findings(files: ReadonlyMap<string, string>, rules: Rules): Finding[] {
  const sources = [...files].map(([file, text]) => parse(file, text))
  return [
    ...sources.flatMap(source => [
      ...ofCaption(source),
      ...ofLength(source, rules),
      ...ofExports(source),
      ...ofWords(source),
      ...ofArrows(source, rules),
      ...ofPackages(source, rules),
      ...ofGlobals(source, rules)
    ]),
    ...ofUnused(sources, rules),
    ...ofCycles(sources)
  ].toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

function parse(file: string, text: string): Source {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const visit = (node: ts.Node): void => {
    const named = specifierOf(node)
    if (named !== undefined) {
      const isReExport = ts.isExportDeclaration(node)
      imports.push({ specifier: named.text, line: lineOf(tree, node), isReExport, isTypeOnly: isTypeOnly(node) })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { file, text, tree, imports }
}

/** The module a node names: import and export declarations, import() and the type form import('x').T. */
function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  let named: ts.Node | undefined
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named = node.moduleSpecifier
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named = node.argument.literal
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) named = node.arguments[0]
  return named !== undefined && ts.isStringLiteral(named) ? named : undefined
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false
  const { phaseModifier, name, namedBindings } = node.importClause
  if (phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const isNamed = name === undefined && namedBindings !== undefined && ts.isNamedImports(namedBindings)
  return isNamed && namedBindings.elements.length > 0 && namedBindings.elements.every(each => each.isTypeOnly)
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

function ofCaption({ file, text }: Source): Finding[] {
  const lines = text.split('\n')
  const end = lines.findIndex(line => !line.startsWith('//'))
  const caption = lines.slice(0, end === -1 ? lines.length : end)
  const isSentence = /^\/\/ \p{Lu}?\S/u.test(caption[0] ?? '') && /[.:!?)]$/.test(caption.at(-1) ?? '')
  return isSentence
    ? []
    : [
        {
          file,
          line: 1,
          message: 'the first line must be a "//" sentence on what the file is for, ended by a full stop'
        }
      ]
}

function ofLength({ file, text, tree }: Source, rules: Rules): Finding[] {
  const found: Finding[] = []
  const lines = text.trimEnd().split('\n').length
  if (lines > rules.fileLinesMax) {
    found.push({ file, line: rules.fileLinesMax, message: `${lines} lines; a file has at most ${rules.fileLinesMax}` })
  }
  // A test's callback is a list of cases, not a function that somebody must hold in the head.
  if (isTest(file)) return found
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = lineOf(tree, node)
      const length = tree.getLineAndCharacterOfPosition(node.end).line + 2 - line
      const name = nameOf(node, tree)
      if (length > rules.functionLinesMax && rules.longFunctions[`${file}#${name}`] === undefined) {
        found.push({
          file,
          line,
          message: `${name} has ${length} lines; a function has at most ${rules.functionLinesMax}`
        })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function nameOf(node: ts.SignatureDeclaration, tree: ts.SourceFile): string {
  if (node.name !== undefined) return node.name.getText(tree)
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const { parent } = node
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText(tree)
    : 'a nameless function'
}

function ofExports({ file, tree, imports }: Source): Finding[] {
  const found: Finding[] = []
  if (posix.basename(file).startsWith('index.'))
    found.push({ file, line: 1, message: 'no index files: name the room itself' })
  for (const each of imports.filter(({ isReExport }) => isReExport)) {
    found.push({ file, line: each.line, message: 'no barrels: import from the file that has it' })
  }
  for (const statement of tree.statements) {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    if (ts.isExportAssignment(statement) || modifiers.some(each => each.kind === ts.SyntaxKind.DefaultKeyword)) {
      found.push({ file, line: lineOf(tree, statement), message: 'named exports only, no "export default"' })
    }
  }
  return found
}

function ofWords({ file, text }: Source): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    // The words are put together, so that this file does not find itself.
    const word = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`).exec(line)?.[1]
    return word === undefined ? [] : [{ file, line: index + 1, message: `no ${word}: do it, or open an issue` }]
  })
}

/** The room of a path: the folder under src, the root's own name, or the top folder outside src. */
function roomOf(file: string, rules: Rules): string {
  const [top = '', second = ''] = file.split('/')
  if (top !== 'src') return top
  const root = second.replace(/\.ts$/, '')
  return rules.roots.includes(root) ? root : second
}

function ofArrows(source: Source, rules: Rules): Finding[] {
  const { file } = source
  if (!file.startsWith('src/')) return []
  const room = roomOf(file, rules)
  const allowed = rules.arrows[room]
  if (allowed === undefined)
    return [{ file, line: 1, message: `${room} is no room of the house (see the arrows in test/tidy.test.ts)` }]
  return source.imports.flatMap(({ specifier, line }) => {
    const target = resolve(file, specifier)
    if (target === undefined) return []
    const to = roomOf(target, rules)
    if (isTest(file) && (target.startsWith('test/kit/') || to === room)) return []
    const banned = isTest(file) ? undefined : rules.forbidden.find(([a, b]) => file.startsWith(a) && b.test(target))
    if (banned !== undefined) return [{ file, line, message: `imports ${target}: ${banned[2]}` }]
    if (to === room || allowed.includes(to)) return []
    return [
      {
        file,
        line,
        message: `arrow ${room} → ${to} (${target}) is not allowed; ${room} may import ${allowed.join(', ') || 'nothing of ours'}`
      }
    ]
  })
}

function resolve(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined
}

/** Doors that lead nowhere: a place that is not there, or a file that does not use what it alone may; a folder may have its doors ahead. */
export function idleDoors(files: ReadonlyMap<string, string>, { packageDoors, globalDoors }: Rules): Finding[] {
  const sources = [...files].filter(([file]) => !isTest(file)).map(([file, text]) => parse(file, text))
  const idle = (doors: Rules['packageDoors'], usesOf: (source: Source) => readonly string[]): Finding[] => {
    const uses = sources.map(source => [source.file, new Set(usesOf(source))] as const)
    return Object.entries(doors).flatMap(([name, places]) =>
      places
        .filter(
          place => !uses.some(([file, used]) => isWithin(file, [place]) && (place.endsWith('/') || used.has(name)))
        )
        .map(place => {
          const isThere = sources.some(({ file }) => isWithin(file, [place]))
          const message = isThere ? `${place} does not use ${name}` : `${place}, a door for ${name}, does not exist`
          return { file: 'test/tidy.test.ts', line: 1, message: `${message}: take it out of the doors` }
        })
    )
  }
  return [
    ...idle(packageDoors, ({ imports }) =>
      imports.filter(each => !each.isTypeOnly).map(each => packageOf(each.specifier))
    ),
    ...idle(globalDoors, globalsOf)
  ]
}

function isWithin(file: string, places: readonly string[]): boolean {
  return places.some(place => (place.endsWith('/') ? file.startsWith(place) : file === place))
}

function ofPackages({ file, imports }: Source, rules: Rules): Finding[] {
  if (!file.startsWith('src/') || isTest(file)) return []
  return imports.flatMap(({ specifier, line, isTypeOnly }) => {
    if (specifier.startsWith('.') || isTypeOnly) return []
    const name = packageOf(specifier)
    const doors = rules.packageDoors[name]
    if (doors === undefined) {
      return name.startsWith('node:')
        ? []
        : [{ file, line, message: `package ${name} has no door in test/tidy.test.ts` }]
    }
    return isWithin(file, doors) ? [] : [{ file, line, message: `only ${doors.join(', ')} may import ${name}` }]
  })
}

/** "@a/b" of "@a/b/c", "d" of "d/e", and built-in modules as they are. */
function packageOf(specifier: string): string {
  const parts = specifier.startsWith('@') ? 2 : specifier.startsWith('node:') ? 9 : 1
  return specifier.split('/').slice(0, parts).join('/')
}

function globalsOf({ tree }: Source): string[] {
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    const name = globalOf(node)
    if (name !== undefined) names.push(name)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return names
}

function ofGlobals({ file, tree }: Source, rules: Rules): Finding[] {
  if (!file.startsWith('src/') || isTest(file)) return []
  const found: Finding[] = []
  const visit = (node: ts.Node): void => {
    const name = globalOf(node)
    // A name like toString would be found in any object's prototype.
    const doors = name !== undefined && Object.hasOwn(rules.globalDoors, name) ? rules.globalDoors[name] : undefined
    if (doors !== undefined && !isWithin(file, doors)) {
      found.push({
        file,
        line: lineOf(tree, node),
        message: `${name} only in ${doors.join(', ') || 'tests'}: take a clock, a random or a door as parameter`
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** "Date.now", "new Date" (the present time, so without arguments) or a bare called name such as "setTimeout". */
function globalOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
    return `${node.expression.text}.${node.name.text}`
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && (node.arguments?.length ?? 0) === 0)
    return `new ${node.expression.text}`
  if (!ts.isIdentifier(node) || ts.isPropertyAccessExpression(node.parent)) return undefined
  const isUse =
    ts.isCallExpression(node.parent) || ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent)
  return isUse && !('name' in node.parent && node.parent.name === node) ? node.text : undefined
}

/** An exception that nothing needs any more must go, or it hides the next one. */
function ofUnused(sources: readonly Source[], rules: Rules): Finding[] {
  return Object.keys(rules.longFunctions).flatMap(key => {
    const [file = '', name = ''] = key.split('#')
    const source = sources.find(each => each.file === file)
    const isThere =
      source !== undefined &&
      ofLength(source, { ...rules, longFunctions: {} }).some(each => each.message.startsWith(`${name} has`))
    return isThere
      ? []
      : [{ file: 'test/tidy.test.ts', line: 1, message: `the exception ${key} is not needed any more` }]
  })
}

/** Circles of imports, "import type" too: each is shown once, with the way around. */
function ofCycles(sources: readonly Source[]): Finding[] {
  const byFile = new Map(sources.map(source => [source.file, source]))
  const done = new Set<string>()
  const found: Finding[] = []
  const walk = (file: string, way: readonly string[]): void => {
    for (const { specifier, line } of byFile.get(file)?.imports ?? []) {
      const target = resolve(file, specifier)
      if (target === undefined || !byFile.has(target)) continue
      const at = [...way, file].indexOf(target)
      if (at !== -1)
        found.push({ file, line, message: `circle of imports: ${[...way.slice(at), file, target].join(' → ')}` })
      else if (!done.has(target)) walk(target, [...way, file])
    }
    done.add(file)
  }
  for (const { file } of sources) if (!done.has(file)) walk(file, [])
  return found
}
