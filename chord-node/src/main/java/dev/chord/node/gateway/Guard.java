package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who may ask. A page of another site must not reach the node through its visitor's browser: the Host header
 * has to be one the node goes by (no DNS rebinding), and what is asked has to come from the node's own page,
 * or from no page, or to be a link that a person followed.
 */
final class Guard {
    private final Set<String> hosts;
    private final Optional<String> token;

    /**
     * @param hosts names this node goes by, in lower case, without port
     * @param token what a writer has to show; empty: anybody may write, for only this machine can ask
     */
    Guard(Set<String> hosts, Optional<String> token) {
        this.hosts = hosts;
        this.token = token;
    }

    void check(Context context) {
        String host = context.header("Host");
        if (host == null || !hosts.contains(name(host))) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "this node does not go by the name '" + (host == null ? "" : name(host)) + "'",
                    "add it to http.allowed-hosts");
        }
        boolean reads = context.req().getMethod().matches("GET|HEAD|OPTIONS");
        String origin = context.header("Origin");
        if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
            throw new ChordException(ErrorCode.NOT_PERMITTED, "a page of " + origin + " may not ask here", "");
        }
        if (fromAnotherSite(context) && !(reads && navigates(context))) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED, "a page of another site may lead here, and not use what is here", "");
        }
        if (!reads && token.isPresent() && !authorized(context.header("Authorization"))) {
            throw new RefusedRequest(
                    403,
                    new ChordException(
                            ErrorCode.NOT_PERMITTED,
                            "writing needs the node's token",
                            "send Authorization: Bearer TOKEN"),
                    Map.of("WWW-Authenticate", "Bearer"));
        }
    }

    // Browsers say who asks; other programs do not. Another port of this machine is another page too.
    private static boolean fromAnotherSite(Context context) {
        String site = context.header("Sec-Fetch-Site");
        return site != null && !site.equals("same-origin") && !site.equals("none");
    }

    // A person followed a link: what comes is shown, and the page with the link does not see it.
    private static boolean navigates(Context context) {
        return "navigate".equals(context.header("Sec-Fetch-Mode"))
                && "document".equals(context.header("Sec-Fetch-Dest"));
    }

    private boolean authorized(@org.jspecify.annotations.Nullable String header) {
        byte[] shown = (header == null ? "" : header).getBytes(StandardCharsets.UTF_8);
        byte[] wanted = ("Bearer " + token.orElse("")).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(shown, wanted);
    }

    // HOST, HOST:PORT or [ADDRESS]:PORT
    static String name(String host) {
        int bracket = host.indexOf(']');
        int colon = host.indexOf(':', Math.max(0, bracket));
        return (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
    }
}
