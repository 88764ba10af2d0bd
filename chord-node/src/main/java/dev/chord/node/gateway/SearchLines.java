package dev.chord.node.gateway;

import dev.chord.client.Coverage;
import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.RingNames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a search finds, a name a line, page by page in order, and the coverage as the last line. For one
 * thread at a time.
 */
final class SearchLines implements Supplier<Optional<ByteBuffer>> {
    private static final int FIRST_PAGE = 100; // so that the first names are there soon
    private static final int PAGE = 1000;

    private final RingNames names;
    private final String pattern;
    private String after;
    private int left;
    private int size = FIRST_PAGE;
    private boolean over;
    private Optional<Coverage> coverage = Optional.empty();

    /**
     * A search that nobody has been asked for yet.
     *
     * @param after the name to go on from; empty: from the beginning
     * @param limit at most so many names
     */
    SearchLines(RingNames names, String pattern, String after, int limit) {
        this.names = names;
        this.pattern = pattern;
        this.after = after;
        this.left = limit;
    }

    @Override
    public Optional<ByteBuffer> get() {
        if (over) {
            return Optional.empty();
        }
        RingNames.Page wanted = new RingNames.Page("", pattern, after, Math.min(size, left));
        // A part of the ring that stayed silent has been waited for once, and is told of at the end.
        boolean whole = coverage.map(Coverage::complete).orElse(true);
        Listing page = whole ? names.page(wanted) : names.pageAtOnce(wanted);
        coverage = Optional.of(coverage.map(c -> c.and(page.coverage())).orElse(page.coverage()));
        List<NameEntry> found = page.names();
        left -= found.size();
        size = PAGE;
        String lines =
                found.stream().map(entry -> Json.of(Views.name(entry)) + "\n").collect(Collectors.joining());
        if (page.more() && left > 0) {
            after = found.get(found.size() - 1).name();
        } else {
            over = true;
            lines += Json.of(Map.of("coverage", Views.coverage(coverage.orElseThrow()))) + "\n";
        }
        return Optional.of(ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)));
    }
}
