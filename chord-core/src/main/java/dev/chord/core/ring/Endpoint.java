package dev.chord.core.ring;

import dev.chord.core.bounds.Disarmed;
import dev.chord.core.bounds.HostRule;

/**
 * Where a process listens.
 *
 * @param host an IP literal or a name: see {@link HostRule}
 * @param port 1 to 65535
 */
public record Endpoint(String host, int port) implements Comparable<Endpoint> {
    public Endpoint {
        String trouble = HostRule.trouble(host);
        if (!trouble.isEmpty()) {
            throw new IllegalArgumentException("'" + Disarmed.line(host) + "' cannot be a host: " + trouble);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
        }
    }

    /**
     * Reads HOST:PORT; an IPv6 address stands in brackets.
     *
     * @throws IllegalArgumentException with a message for people
     */
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        boolean bare = colon >= 0 && text.indexOf(':') != colon && !text.startsWith("[");
        if (colon <= 0 || bare) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
        }
        try {
            String host = text.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            return new Endpoint(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT: the port is not a number", e);
        }
    }

    @Override
    public int compareTo(Endpoint other) {
        int c = host.compareTo(other.host);
        return c != 0 ? c : Integer.compare(port, other.port);
    }

    // Written out for the reason given at Arc.
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Endpoint e && port == e.port && host.equals(e.host);
    }

    @Override
    public int hashCode() {
        return 31 * host.hashCode() + port;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
