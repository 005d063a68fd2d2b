// SPDX-License-Identifier: GPL-2.0-or-later
//
// s3-server - an S3 server on the loopback that checks signatures.
//
//	node s3-server.js DIRECTORY PORTFILE BUCKET...
//
// It cannot take back an upload in parts, so the wrapper does, where the server keeps
// them.  What is asked of it stands in PORTFILE.log, one line each.
//
// The access key is S3RVER, and so is the secret key.  The port, once it
// listens, stands in PORTFILE.  What is not signed may read nothing and write
// nothing: see the wrapper, for the server itself lets strangers in.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');

const modules = path.join(__dirname, '..', '..', 'build', 's3', 'node_modules');
const S3rver = require(path.join(modules, '@20minutes', 's3rver'));
const [directory, portfile, ...buckets] = process.argv.slice(2);

const s3 = new S3rver({
	directory,
	silent: true,
	configureBuckets: buckets.map((name) => ({ name })),
});

s3.configureBuckets().then(() => {
	const answer = s3.callback();
	const server = http.createServer((request, response) => {
		const query = new URL(request.url, 'http://x').searchParams;

		fs.appendFileSync(`${portfile}.log`, `${request.method} ${request.url}\n`);
		if (request.headers.authorization && request.method === 'DELETE' && query.has('uploadId')) {
			const [, bucket] = request.url.split('/');
			const parts = s3.store.getResourcePath(bucket, undefined,
				path.join('uploads', path.basename(query.get('uploadId'))));
			const known = fs.existsSync(parts);

			fs.rmSync(parts, { recursive: true, force: true });
			response.writeHead(known ? 204 : 404);
			response.end();
			return;
		}
		if (request.headers.authorization) {
			answer(request, response);
			return;
		}
		response.writeHead(403, { 'Content-Type': 'application/xml' });
		response.end('<Error><Code>AccessDenied</Code></Error>');
	});

	server.listen(0, '127.0.0.1', () => {
		fs.writeFileSync(`${portfile}.new`, `${server.address().port}\n`);
		fs.renameSync(`${portfile}.new`, portfile);
	});
});
