package dev.chord.client.wire;

import dev.chord.core.bounds.HostRule;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * A connection to a peer that is never begun to an address that is never dialled, whatever name has
 * led there.
 */
public final class GuardedSocket extends NioSocketChannel {
    @Override
    protected boolean doConnect(SocketAddress remote, SocketAddress local) throws Exception {
        if (remote instanceof InetSocketAddress address
                && address.getAddress() != null
                && HostRule.neverDialled(address.getAddress().getAddress())) {
            throw new ConnectException(address.getAddress().getHostAddress() + " is never dialled");
        }
        return super.doConnect(remote, local);
    }
}
