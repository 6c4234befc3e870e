// The common room of files: a message is a JSON file in a folder, and who wants to know what is new lists the folder.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import express from 'express';

const inbox = join(process.env.ROOM, 'everyone', 'inbox');
await mkdir(inbox, { recursive: true });

const app = express();
app.use(express.json());

app.post('/messages', async (request, response) => {
  const message = { id: randomUUID(), body: request.body.body, at: new Date().toISOString() };
  // Renamed into place, so that nobody reads half of it.
  await writeFile(join(inbox, `${message.id}.part`), JSON.stringify(message), { flush: true });
  await rename(join(inbox, `${message.id}.part`), join(inbox, `${message.id}.json`));
  response.status(201).json(message);
});

app.get('/messages', async (_request, response) => {
  const files = (await readdir(inbox)).filter((name) => name.endsWith('.json'));
  const messages = await Promise.all(files.map(async (name) => JSON.parse(await readFile(join(inbox, name), 'utf8'))));
  response.json(messages.sort((one, other) => one.at.localeCompare(other.at)));
});

app.listen(Number(process.env.PORT), '127.0.0.1');
