// SPDX-License-Identifier: GPL-2.0-or-later
//
// check-schema - what does a JSON Schema validator say to a document?
//
//	node check-schema.js KIND FILE...
//
// The counterpart of check-document, with ajv and js-yaml from build/npm
// (scripts/install-ajv): the same lines on standard output, the same exit
// status.  YAML is read with the core schema, so that 2026-12-01 is a text.
'use strict';

const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..', '..');
const modules = path.join(root, 'build', 'npm', 'node_modules');
const Ajv = require(path.join(modules, 'ajv', 'dist', '2020')).default;
const yaml = require(path.join(modules, 'js-yaml'));

const ajv = new Ajv({ allErrors: true, strictTypes: true, allowUnionTypes: true });
const core = { schema: yaml.CORE_SCHEMA };
const compiled = {};

function schema(kind) {
	return yaml.load(fs.readFileSync(path.join(root, 'formats', `${kind}.schema.yaml`), 'utf8'), core);
}

// Others are made of its parts.
ajv.addSchema(schema('request'));

function validator(kind) {
	if (!compiled[kind])
		compiled[kind] = ajv.getSchema(`urn:spool:schema:${kind}`) || ajv.compile(schema(kind));
	return compiled[kind];
}

// The first few errors, or '' for none.
function errors(kind, value) {
	const validate = validator(kind);

	if (validate(value === undefined ? null : value))
		return '';
	return validate.errors.slice(0, 3).map((e) => `${e.instancePath} ${e.message}`).join('; ');
}

// Lines and what they enclose, in turn.
function messageErrors(text) {
	let enclosed = '';

	for (const value of yaml.loadAll(text, null, core)) {
		const wrong = errors(enclosed || 'message', value);

		if (wrong)
			return wrong;
		enclosed = enclosed || !('bytes' in value) ? '' : value.assign ? 'request' : 'site';
	}
	return '';
}

function check(kind, file) {
	const text = fs.readFileSync(file, 'utf8');

	try {
		return kind === 'message' ? messageErrors(text) : errors(kind, yaml.load(text, core));
	} catch (e) {
		if (!(e instanceof yaml.YAMLException))
			throw e;
		return e.message.split('\n')[0];
	}
}

const [kind, ...files] = process.argv.slice(2);
for (const file of files) {
	const wrong = check(kind, file);

	console.log(`${file}: ${wrong || 'ok'}`);
	if (wrong)
		process.exitCode = 2;
}
