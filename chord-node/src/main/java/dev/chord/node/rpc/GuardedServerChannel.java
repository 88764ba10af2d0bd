package dev.chord.node.rpc;

import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.Optional;

/**
 * The listening socket: who comes in is counted, and guarded before HTTP/2 sees a byte. For that grpc-java
 * has no option.
 */
final class GuardedServerChannel extends NioServerSocketChannel {
    private static final int AT_ONCE = 16; // before others have their turn on this thread

    private final Connections connections;

    GuardedServerChannel(Connections connections) {
        this.connections = connections;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        for (int i = 0; i < AT_ONCE; i++) {
            int read = super.doReadMessages(accepted);
            if (read <= 0) {
                return read;
            }
            SocketChannel channel = (SocketChannel) accepted.get(accepted.size() - 1);
            Optional<ConnectionGuard> guard =
                    Optional.ofNullable(channel.remoteAddress()).flatMap(connections::admit);
            if (guard.isPresent()) {
                channel.pipeline().addFirst(guard.get());
                return read;
            }
            accepted.remove(accepted.size() - 1);
            channel.unsafe().closeForcibly();
        }
        return 0;
    }
}
