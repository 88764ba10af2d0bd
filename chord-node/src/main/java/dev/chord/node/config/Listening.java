package dev.chord.node.config;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;

/** Where a node listens, and what it tells others to dial. */
public final class Listening {
    private Listening() {}

    /**
     * The address to listen on.
     *
     * @throws ChordException NOT_PERMITTED beyond loopback without protection or consent; UNREACHABLE if it
     *     is a name that is not known now
     */
    public static InetSocketAddress bind(NodeConfig config) {
        InetSocketAddress address = config.socketAddress(ConfigKey.GRPC_BIND);
        permit(config, address);
        return address;
    }

    static void permit(NodeConfig config, InetSocketAddress address) {
        if (!address.getAddress().isLoopbackAddress() && !config.flag(ConfigKey.INSECURE)) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "listening on " + config.text(ConfigKey.GRPC_BIND)
                            + " would let anyone on the network in: this version has no encryption",
                    "listen on 127.0.0.1, or say --insecure inside a network you trust");
        }
    }

    /** Whether this machine can listen there now. */
    public static boolean isHere(InetAddress address) {
        try {
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true; // what listening itself says counts
        }
    }

    /** The address to announce, for a server that listens on this port. */
    public static Endpoint advertised(NodeConfig config, InetSocketAddress bound) {
        return config.advertised()
                .map(said -> new Endpoint(said.host(), said.port() == 0 ? bound.getPort() : said.port()))
                .orElseGet(() -> {
                    InetAddress address = bound.getAddress();
                    String host = address.isAnyLocalAddress() ? firstAddress() : address.getHostAddress();
                    return new Endpoint(host, bound.getPort());
                });
    }

    // Of a machine with several addresses, the first that others can dial and that is not loopback; IPv4
    // before IPv6.
    private static String firstAddress() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(a -> !a.isLoopbackAddress() && DialableHost.dialable(a))
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
