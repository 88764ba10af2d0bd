package dev.chord.node.config;

import dev.chord.core.bounds.HostRule;
import dev.chord.core.ring.Endpoint;
import java.net.InetAddress;
import java.util.Optional;

/**
 * A host that other nodes can dial, and take from others: {@link HostRule} says which those are.
 *
 * @param host a literal address or a name, without brackets
 * @param port 0: none was written
 */
record DialableHost(String host, int port) {
    /** Reads HOST, HOST:PORT or [ADDRESS]:PORT; empty if it is none or leads nowhere. */
    static Optional<DialableHost> of(String text) {
        boolean withPort =
                text.matches(".*:\\d+") && (text.indexOf(':') == text.lastIndexOf(':') || text.startsWith("["));
        try {
            DialableHost found = withPort
                    ? new DialableHost(
                            Endpoint.parse(text).host(), Endpoint.parse(text).port())
                    : new DialableHost(text, 0);
            return Optional.of(found).filter(d -> HostRule.legal(d.host) && !HostRule.neverDialled(d.host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether this is a host that can be looked up or listened on here: names of containers have underscores,
     * links have zones.
     */
    static boolean known(String host) {
        int zone = host.indexOf('%');
        return HostRule.legal((zone < 0 ? host : host.substring(0, zone)).replace('_', 'x'));
    }

    /** Whether others can dial an address of this machine. */
    static boolean dialable(InetAddress address) {
        return !HostRule.neverDialled(address.getAddress());
    }
}
