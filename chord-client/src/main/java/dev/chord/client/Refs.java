package dev.chord.client;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Finds what a {@link Reference} means on the ring. */
public final class Refs {
    private final RingNames names;
    private final Function<Identifier, ByteBuffer> blocks;

    /**
     * @param blocks reads a block; NOT_FOUND if it is not on the ring
     */
    Refs(RingNames names, Function<Identifier, ByteBuffer> blocks) {
        this.names = names;
        this.blocks = blocks;
    }

    /**
     * What a reference stands for.
     *
     * @param name the name it was found by, if it was
     * @param node the only node to take it from, if the reference says so
     */
    public record Resolved(Identifier content, Optional<NameEntry> name, Optional<String> node) {
        private static Resolved of(NameEntry entry) {
            return new Resolved(entry.content(), Optional.of(entry), Optional.empty());
        }
    }

    Resolved resolve(String ref) {
        Reference reference = Reference.of(ref);
        if (reference.isWholeId()) {
            return wholeId(reference);
        }
        if (!reference.digits().isEmpty()) {
            return beginning(reference);
        }
        Optional<NameEntry> named = names.find(reference.name());
        if (named.isPresent()) {
            return Resolved.of(named.get());
        }
        int at = reference.name().lastIndexOf('@');
        boolean split = reference.name().equals(ref) && at > 0 && at < ref.length() - 1;
        if (split && Label.legal(ref.substring(0, at))) {
            Optional<NameEntry> before = names.find(ref.substring(0, at));
            if (before.isPresent()) {
                return new Resolved(before.get().content(), before, Optional.of(ref.substring(at + 1)));
            }
        }
        throw names.missing(reference.name());
    }

    // The usual case is an id that is nobody's name, which costs one question; only where there is such a
    // name it matters whether there is such content.
    private Resolved wholeId(Reference reference) {
        Identifier content = Identifier.ofHex(reference.digits());
        Optional<NameEntry> named = reference.mustBeId() ? Optional.empty() : names.find(reference.name());
        return named.isEmpty() || isFile(content)
                ? new Resolved(content, Optional.empty(), Optional.empty())
                : Resolved.of(named.get());
    }

    // A block that is no manifest is a part of a file: of one that consists of one block it has the very name
    // that some tools give the file.
    private boolean isFile(Identifier content) {
        ByteBuffer block;
        try {
            block = blocks.apply(content);
        } catch (ChordException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return false;
            }
            throw e;
        }
        try {
            ManifestCodec.in(block);
            return true;
        } catch (ChordException e) {
            return false;
        }
    }

    private Resolved beginning(Reference reference) {
        Map<Identifier, NameEntry> matching = new ConcurrentHashMap<>();
        Coverage coverage = names.list("", entry -> {
            if (reference.mayBe(entry.content())) {
                matching.merge(entry.content(), entry, (a, b) -> a.name().compareTo(b.name()) <= 0 ? a : b);
            }
        });
        if (matching.size() == 1) {
            return Resolved.of(matching.values().iterator().next());
        }
        Optional<NameEntry> named = reference.mustBeId() ? Optional.empty() : names.find(reference.name());
        if (named.isPresent()) {
            return Resolved.of(named.get());
        }
        if (!matching.isEmpty()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "'" + reference.digits() + "' is the beginning of " + matching.size() + " content ids",
                    "give more digits");
        }
        if (coverage.complete()) {
            throw reference.mustBeId() ? noSuchId(reference) : names.missing(reference.name());
        }
        throw new ChordException(
                ErrorCode.PARTIAL,
                "'" + reference.digits() + "' was not found, but parts of the ring did not answer: "
                        + String.join("; ", coverage.silent()),
                "try again, or give the whole content id");
    }

    private static ChordException noSuchId(Reference reference) {
        return new ChordException(
                ErrorCode.NOT_FOUND,
                "no name stands for an id that begins with " + reference.digits(),
                "give the whole content id, or see 'chord ls'");
    }

    /** The one name a reference stands for. */
    String nameOf(String ref) {
        Reference reference = Reference.of(ref);
        if (reference.digits().isEmpty()) {
            return reference.name();
        }
        TreeSet<String> matching = new TreeSet<>();
        names.list("", entry -> {
            if (reference.mayBe(entry.content())) {
                synchronized (matching) {
                    matching.add(entry.name());
                }
            }
        });
        if (matching.size() > 1) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "several names stand for " + reference.digits() + ": "
                            + FileName.printable(String.join(", ", matching)),
                    "give one of them as name:NAME");
        }
        if (matching.isEmpty() && reference.mustBeId()) {
            throw noSuchId(reference);
        }
        return matching.isEmpty() ? reference.name() : matching.first();
    }
}
