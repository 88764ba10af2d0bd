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
import java.net.UnknownHostException;
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
        String text = config.text(ConfigKey.GRPC_BIND);
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(0, colon));
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(text.substring(colon + 1)));
            boolean open = !address.getAddress().isLoopbackAddress();
            if (open && !config.flag(ConfigKey.INSECURE)) {
                throw new ChordException(
                        ErrorCode.NOT_PERMITTED,
                        "listening on " + text + " would let anyone on the network in: this version has no encryption",
                        "listen on 127.0.0.1, or say --insecure inside a network you trust");
            }
            return address;
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    ConfigKey.GRPC_BIND.key() + ": '" + text + "' is not ADDRESS:PORT",
                    "write for example 127.0.0.1:7450",
                    e);
        } catch (UnknownHostException e) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    ConfigKey.GRPC_BIND.key() + ": '" + text + "' is no address of this machine",
                    "",
                    e);
        }
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
