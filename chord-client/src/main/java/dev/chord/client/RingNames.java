package dev.chord.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.record.RecordClient;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.Written;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Names of files. Each write of a name has a version; the owner of the name orders them. */
public final class RingNames {
    private static final Duration SEARCH_PATIENCE = Duration.ofSeconds(2);

    /** As the stores of the ring order them. */
    private static final Comparator<NameEntry> BY_NAME =
            (a, b) -> Arrays.compareUnsigned(utf8(a.name()), utf8(b.name()));

    private final Ring.Parts parts;
    private final RecordClient records;
    private final RingOptions options;

    RingNames(Ring.Parts parts, RingOptions options) {
        this.parts = parts;
        this.records = parts.records();
        this.options = options;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * What the name stands for now; empty if nothing.
     *
     * @throws ChordException USAGE if it cannot be a name; DEADLINE if nobody may speak for it now
     */
    public Optional<NameEntry> find(String name) {
        String canonical = FileName.of(name);
        return named(canonical, records.read(Label.key(canonical), RecordKind.RECORD_KIND_NAME, options.timeout()));
    }

    /**
     * What the owner of a name says of it.
     *
     * @param entry what it stands for; empty: for nothing
     * @param version since when: of the removal, if there is no entry; {@link Version#NONE}: the owner knows
     *     of none
     */
    public record Word(Optional<NameEntry> entry, Version version) {}

    /**
     * What the owner of the name says of it, and nobody else: whether it was removed, or just is not there.
     *
     * @throws ChordException as {@link #find}; also if only others than the owner answer
     */
    public Word ask(String name) {
        String canonical = FileName.of(name);
        List<Record> told = records.readFromOwner(Label.key(canonical), RecordKind.RECORD_KIND_NAME, options.timeout());
        Version version = told.stream()
                .filter(r -> r.getLabel().equals(canonical))
                .map(r -> WireCodec.in(r.getVersion()))
                .findFirst()
                .orElse(Version.NONE);
        return new Word(named(canonical, told), version);
    }

    /**
     * What to tell whoever asked for a name that is not there. Names are exact; one that only looks the same,
     * in the other Unicode form, is no answer and is mentioned.
     */
    public ChordException missing(String name) {
        String hint = "see 'chord ls' for what is";
        for (String other : Label.otherForms(name)) {
            try {
                if (find(other).isPresent()) {
                    hint = "a name that looks the same is there in another Unicode form: '" + FileName.printable(other)
                            + "', as bytes "
                            + HexFormat.ofDelimiter(" ").formatHex(utf8(other));
                }
            } catch (ChordException e) {
                // it is only a hint
            }
        }
        return new ChordException(ErrorCode.NOT_FOUND, "'" + FileName.printable(name) + "' is not on the ring", hint);
    }

    /** The one of the records under a key that is about this name. */
    static Optional<NameEntry> named(String name, List<Record> records) {
        return records.stream()
                .filter(r -> r.getLabel().equals(name) && !r.getDeleted())
                .map(RingNames::entry)
                .findFirst();
    }

    /** Lets a name stand for a file, whatever it stood for before. */
    public NameEntry set(String name, Identifier content, long size) {
        return entry(write(name, content, size, PutOptions.DEFAULT).getRecord());
    }

    /**
     * Lets a name stand for a file if it is still at the version given; {@link Version#NONE}: if it is new.
     *
     * @throws ChordException CONFLICT if it is not
     */
    public NameEntry compareAndSet(String name, Version expected, Identifier content, long size) {
        return entry(
                write(name, content, size, PutOptions.DEFAULT.onlyIf(expected)).getRecord());
    }

    Written write(String name, Identifier content, long size, PutOptions how) {
        NameValue value = NameValue.newBuilder()
                .setContent(WireCodec.out(content))
                .setSize(size)
                .setCopies(how.copies() == options.replicas() ? 0 : how.copies())
                .build();
        return records.write(
                record(FileName.of(name))
                        .setValue(value.toByteString())
                        .setLeaseMillis(how.keep().map(Duration::toMillis).orElse(0L))
                        .build(),
                how.expected(),
                options.timeout());
    }

    /**
     * Removes a name.
     *
     * @return what it stood for
     * @throws ChordException NOT_FOUND if it stood for nothing
     */
    public NameEntry remove(String name) {
        return remove(name, Optional.empty());
    }

    /** The same if it is still at a version; {@code expected} empty: at any. CONFLICT if it is not. */
    public NameEntry remove(String name, Optional<Version> expected) {
        String canonical = FileName.of(name);
        NameEntry old = find(canonical).orElseThrow(() -> missing(canonical));
        records.write(
                record(canonical).setDeleted(true).setValue(ByteString.EMPTY).build(), expected, options.timeout());
        return old;
    }

    /** The names that begin with a prefix, in order; the empty prefix: all. */
    public Listing list(String prefix) {
        return collect(prefix, "", options.timeout().dividedBy(2));
    }

    /** The same, each as soon as its owner has answered: in no order, and from several threads. */
    public Coverage list(String prefix, Consumer<NameEntry> found) {
        return stream(prefix, "", options.timeout().dividedBy(2), found);
    }

    /**
     * The names that a pattern fits, in order.
     *
     * @param pattern with {@code * ? [..]}: a glob over the whole name; otherwise a part of it, in any case
     */
    public Listing search(String pattern) {
        return collect("", pattern, SEARCH_PATIENCE);
    }

    /**
     * The same, each as soon as its owner has answered: in no order, and from several threads.
     *
     * @return how much of the ring answered
     */
    public Coverage search(String pattern, Consumer<NameEntry> found) {
        return stream("", pattern, SEARCH_PATIENCE, found);
    }

    private Coverage stream(String prefix, String pattern, Duration patience, Consumer<NameEntry> found) {
        return search(new NameSearch.Query(
                        prefix, pattern, "", 0, patience, options.timeout(), record -> found.accept(entry(record))))
                .run();
    }

    private NameSearch search(NameSearch.Query query) {
        return new NameSearch(parts, () -> parts.locator().someMembers(options.timeout()), query);
    }

    private Listing collect(String prefix, String pattern, Duration patience) {
        List<NameEntry> found = Collections.synchronizedList(new ArrayList<>());
        Coverage coverage = stream(prefix, pattern, patience, found::add);
        return new Listing(found.stream().sorted(BY_NAME).toList(), coverage, found.size(), false);
    }

    /**
     * Part of a list.
     *
     * @param prefix what the names begin with
     * @param pattern what they look like, as for {@link #search}
     * @param after the last name of the page before; empty: from the beginning
     * @param limit at most so many
     */
    public record Page(String prefix, String pattern, String after, int limit) {}

    /** How many names each member of the ring answers for, by its identifier. */
    public Map<Identifier, Long> counts() {
        NameSearch search = search(new NameSearch.Query("", "", "", 1, Duration.ZERO, options.timeout(), record -> {}));
        search.run();
        return Map.copyOf(search.totals());
    }

    /** Some names in order; costs each owner no more than a page. */
    public Listing page(Page page) {
        return page(page, SEARCH_PATIENCE);
    }

    /** The same without asking those again who do not answer the first time. */
    public Listing pageAtOnce(Page page) {
        return page(page, Duration.ZERO);
    }

    private Listing page(Page page, Duration patience) {
        List<NameEntry> found = Collections.synchronizedList(new ArrayList<>());
        NameSearch search = search(new NameSearch.Query(
                page.prefix(),
                page.pattern(),
                page.after(),
                page.limit() + 1, // whether there is more
                patience,
                options.timeout(),
                record -> found.add(entry(record))));
        Coverage coverage = search.run();
        long total = search.totals().values().stream().mapToLong(n -> n).sum();
        List<NameEntry> first =
                found.stream().sorted(BY_NAME).limit(page.limit()).toList();
        return new Listing(first, coverage, total, found.size() > first.size());
    }

    /**
     * Follows the names that begin with a prefix; those that are there now come first. Close the watch to
     * end it.
     *
     * @param listener told one event at a time, from a thread of the watch
     */
    public NameWatch watch(String prefix, Consumer<NameEvent> listener) {
        return new NameWatch(parts, () -> parts.locator().someMembers(options.timeout()), prefix, listener);
    }

    private static Record.Builder record(String canonical) {
        return Record.newBuilder()
                .setKey(WireCodec.out(Label.key(canonical)))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel(canonical);
    }

    static NameEntry entry(Record record) {
        try {
            NameValue value = NameValue.parseFrom(record.getValue());
            return new NameEntry(
                    record.getLabel(),
                    value.getContent().isEmpty() ? Identifier.ZERO : WireCodec.in(value.getContent()),
                    value.getSize(),
                    value.getShared(),
                    value.getCopies(),
                    WireCodec.in(record.getVersion()));
        } catch (InvalidProtocolBufferException e) {
            throw new ChordException(
                    ErrorCode.INTEGRITY,
                    "the record of '" + record.getLabel() + "' cannot be read",
                    "write it again",
                    e);
        }
    }
}
