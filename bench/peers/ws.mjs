// A room on bare WebSockets: what one says, all others hear.
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const server = createServer();
const wss = new WebSocketServer({ server, perMessageDeflate: false });

wss.on('connection', (socket) => {
  socket.on('error', console.error);
  socket.on('message', (data) => {
    for (const client of wss.clients) {
      if (client !== socket && client.readyState === WebSocket.OPEN) client.send(data, { binary: false });
    }
    socket.send('ok');
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
