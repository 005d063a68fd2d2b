// SPDX-License-Identifier: GPL-2.0-or-later
//
// bad-link - a TCP connection to somebody else's server, as bad as it is told
// to be.
//
//	node bad-link.js TARGETPORT PORTFILE MODEFILE
//
// MODEFILE is read for each connection: `pass`, `hang` (it is taken, and nobody
// ever answers), `cut BYTES` (so much of the answer, then it breaks), `rate
// BYTES` (a second), `few N` (so many connections pass, all others hang).
'use strict';

const fs = require('fs');
const net = require('net');

const [target, portfile, modefile] = process.argv.slice(2);
const TICK_MS = 20;
let last = '', taken = 0;	// how many connections since the mode is what it is

function mode() {
	try {
		const text = fs.readFileSync(modefile, 'utf8').trim();
		const [word, number] = text.split(' ');

		taken = text === last ? taken + 1 : 1;
		last = text;
		if (word === 'few')
			return { word: taken > Number(number) ? 'hang' : 'pass' };
		return { word, number: Number(number) };
	} catch {
		return { word: 'pass' };
	}
}

// As much as the rate allows at each tick; the rest waits.
function slowly(from, to, rate) {
	let queue = Buffer.alloc(0);
	let over = false;
	const timer = setInterval(() => {
		const piece = queue.subarray(0, Math.max(1, Math.floor(rate * TICK_MS / 1000)));

		queue = queue.subarray(piece.length);
		if (piece.length)
			to.write(piece);
		if (queue.length < rate)
			from.resume();
		if (over && !queue.length) {
			clearInterval(timer);
			to.end();
		}
	}, TICK_MS);

	from.on('data', (data) => {
		queue = Buffer.concat([queue, data]);
		if (queue.length > rate)
			from.pause();
	});
	from.on('end', () => { over = true; });
	to.on('close', () => clearInterval(timer));
}

function cut(from, to, bytes) {
	let left = bytes;

	from.on('data', (data) => {
		const piece = data.subarray(0, left);

		left -= piece.length;
		to.write(piece, () => { if (!left) to.destroy(); });
	});
	from.on('end', () => to.end());
}

const server = net.createServer((client) => {
	const how = mode();

	client.on('error', () => {});
	if (how.word === 'hang')
		return;
	const far = net.connect(Number(target), '127.0.0.1');

	far.on('error', () => client.destroy());
	client.on('close', () => far.destroy());
	client.pipe(far);
	if (how.word === 'cut')
		cut(far, client, how.number);
	else if (how.word === 'rate')
		slowly(far, client, how.number);
	else
		far.pipe(client);
});

server.listen(0, '127.0.0.1', () => {
	fs.writeFileSync(`${portfile}.new`, `${server.address().port}\n`);
	fs.renameSync(`${portfile}.new`, portfile);
});
