// A page with a thousand rows, rendered by React on the server for each request: groups of people, each with the form that
// changes it, as the workshop's page of people has them. What it shows is in memory; the browser's half gets it as JSON.
import express from 'express';
import { createElement as h, Fragment } from 'react';
import { renderToString } from 'react-dom/server';

const roles = [
  ['viewer', 'Reads everything, changes nothing.'],
  ['editor', 'Also talks in conversations, makes projects, cancels tasks, runs commands and answers what helpers ask.'],
  ['operator', 'Also starts, stops and pauses helpers, edits their personas, tightens sandboxes and requeues deliveries.'],
  ['admin', "Also manages people, settings and other people's tokens, and brings in messages from elsewhere."],
];
const people = ['owner'];
const groups = Array.from({ length: 1000 }, (_, number) => ({
  name: `group-${String(number).padStart(4, '0')}`,
  members: [],
  role: 'viewer',
}));

function RoleSelect({ id, role }) {
  return h('div', { className: 'field' },
    h('label', { htmlFor: id }, 'Role'),
    h('select', { id, name: 'role', defaultValue: role },
      h('option', { value: '' }, 'no role'),
      roles.map(([name, title]) => h('option', { key: name, value: name, title }, name))));
}

function Members({ members }) {
  return h('fieldset', { className: 'check-list' },
    h('legend', null, 'Who is in it'),
    people.map((name) =>
      h('label', { key: name, className: 'check-line' },
        h('input', { type: 'checkbox', name: 'members[]', value: name, defaultChecked: members.includes(name) }),
        h('span', null, name, ' ', h('code', { className: 'faint' }, name)))));
}

function Confirm({ name }) {
  return h('details', { className: 'confirm' },
    h('summary', { className: 'btn' }, 'Remove', '…'),
    h('div', { className: 'confirm-body' },
      h('p', null, 'Its members stay, without the roles they had by it. Their sessions end.'),
      h('form', { action: '/api/fn/remove_group', method: 'post' },
        h('input', { type: 'hidden', name: 'name', value: name }),
        h('button', { className: 'btn danger' }, `Remove ${name}`))));
}

function Group({ name, members, role }) {
  return h('li', null,
    h('details', { className: 'unfold' },
      h('summary', null, h('b', null, name), ' ', h('span', { className: 'faint' }, `${members.length} members, ${role}`)),
      h('form', { action: '/api/fn/put_group', method: 'post' },
        h('div', { className: 'form' },
          h('input', { type: 'hidden', name: 'new', value: 'false' }),
          h('input', { type: 'hidden', name: 'name', value: name }),
          h(RoleSelect, { id: `group-${name}-role`, role }),
          h(Members, { members }),
          h('p', { className: 'actions' }, h('button', { className: 'btn' }, 'Save ', name))))),
    h(Confirm, { name }));
}

function Page({ groups }) {
  return h(Fragment, null,
    h('h1', null, 'People'),
    h('section', { id: 'groups' }, h('h2', null, 'Groups'), h('ul', null, groups.map((group) => h(Group, { key: group.name, ...group })))));
}

const app = express();
app.disable('x-powered-by');
app.set('etag', false);

app.get('/people', (_request, response) => {
  const page = renderToString(h(Page, { groups }));
  const data = JSON.stringify({ groups }).replaceAll('<', '\\u003c');
  response.type('html').send(
    `<!doctype html><html lang="en"><head><title>People</title></head><body><main id="main">${page}</main>` +
      `<script>window.data=${data}</script></body></html>`,
  );
});

app.listen(Number(process.env.PORT), '127.0.0.1');
