package dev.chord.client;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Makes sense of references: content id, unique beginning of one, name, name@node. */
public final class Refs {
    private static final Pattern FULL = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern BEGINNING = Pattern.compile("[0-9a-f]{8,63}");

    private final RingNames names;

    Refs(RingNames names) {
        this.names = names;
    }

    /**
     * What a reference stands for.
     *
     * @param name the name it was found by, if it was
     * @param node the only node to take it from, if the reference says so
     */
    public record Resolved(Identifier content, Optional<NameEntry> name, Optional<String> node) {}

    Resolved resolve(String ref) {
        String hex = ref.toLowerCase(Locale.ROOT);
        if (FULL.matcher(hex).matches()) {
            return new Resolved(Identifier.ofHex(hex), Optional.empty(), Optional.empty());
        }
        Optional<NameEntry> named = names.find(ref);
        if (named.isPresent()) {
            return new Resolved(named.get().content(), named, Optional.empty());
        }
        int at = ref.lastIndexOf('@');
        if (at > 0 && at < ref.length() - 1) {
            Optional<NameEntry> before = names.find(ref.substring(0, at));
            if (before.isPresent()) {
                return new Resolved(before.get().content(), before, Optional.of(ref.substring(at + 1)));
            }
        }
        if (BEGINNING.matcher(hex).matches()) {
            return beginning(hex);
        }
        throw notFound(ref);
    }

    private Resolved beginning(String hex) {
        Listing listing = names.list("");
        List<NameEntry> matching = listing.names().stream()
                .filter(e -> e.content().toHex().startsWith(hex))
                .toList();
        long contents = matching.stream().map(NameEntry::content).distinct().count();
        if (contents > 1) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "'" + hex + "' is the beginning of " + contents + " content ids",
                    "give more digits");
        }
        if (matching.isEmpty()) {
            throw listing.coverage().complete()
                    ? notFound(hex)
                    : new ChordException(
                            ErrorCode.PARTIAL,
                            "'" + hex + "' was not found, but parts of the ring did not answer: "
                                    + String.join("; ", listing.coverage().silent()),
                            "try again, or give the whole content id");
        }
        return new Resolved(matching.get(0).content(), Optional.of(matching.get(0)), Optional.empty());
    }

    /** The one name a reference stands for. */
    String nameOf(String ref) {
        String hex = ref.toLowerCase(Locale.ROOT);
        boolean id = FULL.matcher(hex).matches() || BEGINNING.matcher(hex).matches();
        if (!id || names.find(ref).isPresent()) {
            return ref;
        }
        List<String> matching = names.list("").names().stream()
                .filter(e -> e.content().toHex().startsWith(hex))
                .map(NameEntry::name)
                .toList();
        if (matching.size() > 1) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "several names stand for " + hex + ": " + String.join(", ", matching),
                    "give one of them");
        }
        if (matching.isEmpty()) {
            throw notFound(ref);
        }
        return matching.get(0);
    }

    private static ChordException notFound(String ref) {
        return new ChordException(
                ErrorCode.NOT_FOUND,
                "'" + FileName.printable(ref) + "' is not on the ring",
                "see 'chord ls' for what is");
    }
}
