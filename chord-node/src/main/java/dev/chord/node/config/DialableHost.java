package dev.chord.node.config;

import dev.chord.core.ring.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whether a host is one that other nodes can dial.
 *
 * @param host a literal address or a name, without brackets
 * @param port 0: none was written
 */
record DialableHost(String host, int port) {
    // RFC 1123: labels of letters, digits and inner hyphens; an underscore is what container networks add.
    private static final Pattern NAME = Pattern.compile(
            "(?=.{1,253}\\.?$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\\.?");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");
    private static final Pattern FOUR = Pattern.compile("(\\d{1,3}\\.){3}\\d{1,3}");
    private static final Pattern SIX = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?");

    /** Reads HOST, HOST:PORT or [ADDRESS]:PORT; empty if it is none or leads nowhere. */
    static Optional<DialableHost> of(String text) {
        boolean withPort =
                text.matches(".*:\\d+") && (text.indexOf(':') == text.lastIndexOf(':') || text.startsWith("["));
        try {
            DialableHost found = withPort
                    ? new DialableHost(
                            Endpoint.parse(text).host(), Endpoint.parse(text).port())
                    : new DialableHost(text, 0);
            return Optional.of(found).filter(DialableHost::leadsSomewhere);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether this is an address or a name at all. */
    static boolean legal(String host) {
        return literal(host).isPresent()
                || NAME.matcher(host).matches() && !NUMBERS.matcher(host).matches();
    }

    private boolean leadsSomewhere() {
        Optional<InetAddress> address = literal(host);
        return address.isEmpty()
                ? legal(host)
                : address.filter(DialableHost::dialable).isPresent();
    }

    /** Whether packets to it can arrive at one certain machine, seen from any other in the same network. */
    static boolean dialable(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean broadcast = bytes.length == 4 && bytes[0] == -1 && bytes[1] == -1 && bytes[2] == -1 && bytes[3] == -1;
        boolean thisNetwork = bytes.length == 4 && bytes[0] == 0;
        return !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && !address.isLinkLocalAddress()
                && !broadcast
                && !thisNetwork;
    }

    // Never asks a name server: what is not written as an address is a name.
    private static Optional<InetAddress> literal(String host) {
        if (!FOUR.matcher(host).matches() && !SIX.matcher(host).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
