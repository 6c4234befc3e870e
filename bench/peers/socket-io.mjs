// A room on Socket.IO: what one says, all in it hear. WebSockets only, so that no connection begins with polling.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false });

io.on('connection', (socket) => {
  socket.join('conversation');
  socket.on('message', (text, done) => {
    socket.to('conversation').emit('message', text);
    done();
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
