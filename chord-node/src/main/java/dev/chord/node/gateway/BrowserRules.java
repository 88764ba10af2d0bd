package dev.chord.node.gateway;

import java.util.function.BiConsumer;

/**
 * What every answer tells a browser, whoever gives it: only the page itself runs in the origin of a node;
 * everything else is neither run, nor guessed at, nor framed, nor embedded by other sites, nor told to them.
 */
final class BrowserRules {
    static final String POLICY = "Content-Security-Policy";

    private static final String NOTHING_RUNS =
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

    /** For the page, which is the only answer that may run a script: its own. */
    static final String PAGE_RUNS = "default-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
            + " form-action 'self'; frame-ancestors 'none'";

    private BrowserRules() {}

    /** Gives an answer, that may be replaced by another later, the headers that all answers have. */
    static void put(BiConsumer<String, String> header) {
        header.accept(POLICY, NOTHING_RUNS);
        header.accept("X-Content-Type-Options", "nosniff");
        header.accept("Cross-Origin-Resource-Policy", "same-origin");
        header.accept("Cross-Origin-Opener-Policy", "same-origin");
        header.accept("Referrer-Policy", "no-referrer");
    }
}
