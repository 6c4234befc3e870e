// Messages on Express and PostgreSQL: one process, a pool, prepared statements.
import { timingSafeEqual } from 'node:crypto';
import express from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS conversations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations,
    sender text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS messages_of_conversation ON messages (conversation_id, id);
`);

const expected = Buffer.from(`Bearer ${process.env.TOKEN}`);
const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.use((request, response, next) => {
  const given = Buffer.from(request.get('authorization') ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    response.status(401).json({ error: 'a token is needed' });
    return;
  }
  request.user = 'owner';
  next();
});
app.use(express.json({ limit: '100kb' }));

app.post('/conversations', async (request, response) => {
  const { rows } = await pool.query('INSERT INTO conversations (title) VALUES ($1) RETURNING *', [request.body.title]);
  response.status(201).json(rows[0]);
});

app.post('/conversations/:id/messages', async (request, response) => {
  const { body } = request.body;
  if (typeof body !== 'string' || body === '' || body.length > 65536) {
    response.status(422).json({ error: 'body: 1 to 65536 characters' });
    return;
  }
  const { rows } = await pool.query({
    name: 'post',
    text: 'INSERT INTO messages (conversation_id, sender, body) VALUES ($1, $2, $3) RETURNING *',
    values: [request.params.id, request.user, body],
  });
  response.status(201).json(rows[0]);
});

app.listen(Number(process.env.PORT), '127.0.0.1', 4096);
