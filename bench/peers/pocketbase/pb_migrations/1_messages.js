/// <reference path="../pb_data/types.d.ts" />
// Conversations and their messages, as they would be made on its pages, and someone who writes them.
migrate((app) => {
  const settings = app.settings();
  // Nobody reads the log of requests here; without it more messages are taken.
  settings.logs.maxDays = 0;
  app.save(settings);

  // Without one it would offer to make one, in a browser.
  const admin = new Record(app.findCollectionByNameOrId('_superusers'));
  admin.setEmail('admin@example.com');
  admin.setPassword('moss lantern orbit quill');
  app.save(admin);

  const signedIn = '@request.auth.id != ""';
  const conversations = new Collection({
    type: 'base',
    name: 'conversations',
    listRule: signedIn,
    viewRule: signedIn,
    createRule: signedIn,
    fields: [{ type: 'text', name: 'title', required: true, max: 120 }],
  });
  app.save(conversations);

  const users = app.findCollectionByNameOrId('users');
  app.save(
    new Collection({
      type: 'base',
      name: 'messages',
      listRule: signedIn,
      viewRule: signedIn,
      createRule: '@request.auth.id != "" && sender = @request.auth.id',
      fields: [
        { type: 'relation', name: 'conversation', collectionId: conversations.id, required: true, maxSelect: 1 },
        { type: 'relation', name: 'sender', collectionId: users.id, required: true, maxSelect: 1 },
        { type: 'text', name: 'body', required: true, max: 65536 },
        { type: 'autodate', name: 'created', onCreate: true },
      ],
      indexes: ['CREATE INDEX idx_messages_conversation ON messages (conversation, created)'],
    }),
  );

  const owner = new Record(users);
  owner.setEmail('owner@example.com');
  owner.setPassword('moss lantern orbit quill');
  owner.setVerified(true);
  app.save(owner);
});
