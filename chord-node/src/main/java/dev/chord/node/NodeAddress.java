package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;

/** Where a node listens, and what it tells others to dial. */
final class NodeAddress {
    private NodeAddress() {}

    /**
     * The address to listen on.
     *
     * @throws ChordException USAGE for a malformed one; NOT_PERMITTED beyond loopback without protection or consent
     */
    static InetSocketAddress bind(NodeConfig config) {
        InetSocketAddress address = config.socketAddress(ConfigKey.GRPC_BIND);
        if (!address.getAddress().isLoopbackAddress() && !config.flag(ConfigKey.INSECURE)) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "listening on " + config.text(ConfigKey.GRPC_BIND)
                            + " would let anyone on the network in: this version has no encryption",
                    "listen on 127.0.0.1, or say --insecure inside a network you trust");
        }
        return address;
    }

    /** The address to announce, for a server that listens on this port. */
    static Endpoint advertised(NodeConfig config, InetSocketAddress bound) {
        String text = config.text(ConfigKey.GRPC_ADVERTISE);
        if (text.isEmpty()) {
            InetAddress address = bound.getAddress();
            String host = address.isAnyLocalAddress() ? firstAddress() : address.getHostAddress();
            return new Endpoint(host, bound.getPort());
        }
        boolean withPort =
                text.matches(".*:\\d+") && (text.indexOf(':') == text.lastIndexOf(':') || text.startsWith("["));
        return withPort ? config.endpoint(ConfigKey.GRPC_ADVERTISE, text) : new Endpoint(text, bound.getPort());
    }

    // Of a machine with several addresses, the first that is neither loopback nor link-local; IPv4 before IPv6.
    private static String firstAddress() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                    .sorted(Collections.reverseOrder(
                            (a, b) -> Boolean.compare(a instanceof Inet4Address, b instanceof Inet4Address)))
                    .map(InetAddress::getHostAddress)
                    .findFirst()
                    .orElse("127.0.0.1");
        } catch (SocketException e) {
            return "127.0.0.1";
        }
    }
}
