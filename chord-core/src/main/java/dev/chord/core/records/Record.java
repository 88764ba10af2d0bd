package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A small, versioned fact under a key: a name or a provider. Immutable; whoever makes one gives its
 * bytes away.
 *
 * @param kind of the fact, as on the wire; only {@link #NAME} means something here
 * @param label tells the records of one kind under one key apart
 * @param deleted it remembers that there is nothing any more
 * @param value opaque; never changed
 * @param leaseMillis how long it has left to live; 0: no end
 * @param operations the last writes that made it, newest first; see {@link WriteWindow}
 */
public record Record(
        Identifier key,
        int kind,
        String label,
        Version version,
        boolean deleted,
        byte[] value,
        long leaseMillis,
        List<Long> operations) {
    /** The kind of names: of two that were written on two sides the one that loses is reported. */
    public static final int NAME = 1;

    public Record {
        operations = List.copyOf(operations);
    }

    /** Where records of one kind are looked for. */
    public record Place(Identifier key, int kind) {}

    /** Which record it is, whatever its version. */
    public record Id(Place place, String label) {
        /**
         * What stands for a version of it in {@link dev.chord.core.placement.Fingerprints}; the same in
         * all processes.
         */
        public long print(Version version) {
            long thing = place.kind() + 31L * label.hashCode() + 1_000_003L * version.sequence();
            return thing * 0x9e3779b97f4a7c15L + version.writer().lowBits();
        }
    }

    /**
     * A version of a record in little space.
     *
     * @param operation the write that made it; 0: not known
     */
    public record Digest(Id id, Version version, long operation) {}

    public Place place() {
        return new Place(key, kind);
    }

    public Id id() {
        return new Id(place(), label);
    }

    public Digest digest() {
        return new Digest(id(), version, operations.isEmpty() ? 0 : operations.get(0));
    }

    /**
     * Whether it stays where the other one is, or was: of two versions the newer one does, whichever
     * came first.
     */
    public boolean replaces(Optional<Record> other) {
        return other.map(o -> version.newerThan(o.version)).orElse(true);
    }

    /**
     * Which of two versions of a name lost without being known to the other: then it was not overwritten,
     * somebody wrote the name on the other side of a cut, and its writer is told.
     */
    public static Optional<Record> unknownLoser(Record one, Record other) {
        boolean first = one.version.newerThan(other.version);
        Record winner = first ? one : other;
        Record loser = first ? other : one;
        boolean lost = one.kind == NAME
                && !winner.version.equals(loser.version)
                && !winner.sameContent(loser)
                && WriteWindow.isUnknown(loser.operations, winner.operations);
        return lost ? Optional.of(loser) : Optional.empty();
    }

    /** Whether it stands for the same as the other, whatever their versions. */
    public boolean sameContent(Record other) {
        return deleted == other.deleted && (deleted || Arrays.equals(value, other.value));
    }

    // Written out because arrays are compared by identity otherwise.
    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Record r
                        && key.equals(r.key)
                        && kind == r.kind
                        && label.equals(r.label)
                        && version.equals(r.version)
                        && deleted == r.deleted
                        && leaseMillis == r.leaseMillis
                        && Arrays.equals(value, r.value)
                        && operations.equals(r.operations);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + version.hashCode();
    }

    @Override
    public String toString() {
        return label + "@" + version + (deleted ? " deleted" : "");
    }
}
