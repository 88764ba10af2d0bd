package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.RecordLimits;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The record store against a map that keeps the newest version; the same whatever the order of arrival. */
class RecordStoreTest {
    private static final Clock NOW = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

    private interface Body {
        void with(RecordStore store) throws Exception;
    }

    private static void inStore(Clock clock, Body body) throws Exception {
        Path directory = Files.createTempDirectory("chord-records-");
        try (Database database = new Database(directory.resolve("records.db"), NodeStore.SCHEMA)) {
            body.with(new RecordStore(database, clock));
        }
        try (var files = Files.walk(directory)) {
            files.sorted(Collections.reverseOrder()).forEach(p -> p.toFile().delete());
        }
    }

    private static Record record(int key, String label, long sequence, int writer, boolean deleted) {
        return Record.newBuilder()
                .setKey(WireCodec.out(Identifier.of(key)))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel(label)
                .setVersion(WireCodec.out(new Version(sequence, Identifier.of(writer))))
                .setDeleted(deleted)
                .setValue(ByteString.copyFromUtf8(key + label + sequence + "/" + writer))
                .build();
    }

    @Provide
    static Arbitrary<List<Record>> records() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.of("a", "b", "ä/ö"),
                        Arbitraries.longs().between(1, 5),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.of(true, false))
                .as(RecordStoreTest::record)
                .list()
                .ofMaxSize(25);
    }

    @Property(tries = 60)
    void theNewestVersionStaysWhateverTheOrder(@ForAll("records") List<Record> offered, @ForAll long shuffle)
            throws Exception {
        // of two records with one version the first stays: give each version one content
        Map<String, Record> byVersion = new HashMap<>();
        offered.forEach(
                r -> byVersion.putIfAbsent(WireCodec.in(r.getKey()) + r.getLabel() + WireCodec.in(r.getVersion()), r));
        List<Record> distinct = new ArrayList<>(byVersion.values());
        Collections.shuffle(distinct, new Random(shuffle));
        Map<String, Record> model = new HashMap<>();
        distinct.forEach(r -> model.merge(
                WireCodec.in(r.getKey()) + r.getLabel(),
                r,
                (a, b) -> WireCodec.in(a.getVersion()).newerThan(WireCodec.in(b.getVersion())) ? a : b));
        inStore(NOW, store -> {
            for (Record record : distinct) {
                store.merge(List.of(record)).get();
                store.merge(List.of(record)).get();
            }
            List<Record> all = new ArrayList<>();
            for (int key = 0; key < 8; key++) {
                all.addAll(store.read(Identifier.of(key), RecordKind.RECORD_KIND_NAME));
            }
            assertThat(all).containsExactlyInAnyOrderElementsOf(model.values());
            assertThat(store.count()).isEqualTo(model.size());
        });
    }

    @Property(tries = 60)
    void changesOfAnArcAreExactlyItsRecords(
            @ForAll("records") List<Record> records,
            @ForAll @IntRange(max = 7) int from,
            @ForAll @IntRange(max = 7) int to)
            throws Exception {
        inStore(NOW, store -> {
            store.merge(records).get();
            Arc arc = new Arc(Identifier.of(from), Identifier.of(to));
            List<Record> found = new ArrayList<>();
            long position = 0;
            for (RecordStore.Page page = store.changes(arc, position, 3);
                    !page.records().isEmpty();
                    page = store.changes(arc, position, 3)) {
                found.addAll(page.records());
                position = page.position();
            }
            List<Record> expected = new ArrayList<>();
            for (int key = 0; key < 8; key++) {
                if (arc.contains(Identifier.of(key))) {
                    expected.addAll(store.read(Identifier.of(key), RecordKind.RECORD_KIND_NAME));
                }
            }
            assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        });
    }

    @Property(tries = 40)
    void pagesInKeyOrderMissNothing(@ForAll("records") List<Record> records) throws Exception {
        inStore(NOW, store -> {
            store.merge(records).get();
            List<Record> found = new ArrayList<>();
            Optional<Identifier> after = Optional.empty();
            for (List<Record> page = store.after(after, 2); !page.isEmpty(); page = store.after(after, 2)) {
                found.addAll(page);
                after = Optional.of(WireCodec.in(page.get(page.size() - 1).getKey()));
            }
            assertThat(found).hasSize((int) store.count()).doesNotHaveDuplicates();
        });
    }

    @Test
    void namesComeByPrefixAndWithoutDeletedOnes() throws Exception {
        inStore(NOW, store -> {
            store.merge(List.of(
                            record(1, "a/x", 1, 1, false),
                            record(2, "a/y", 1, 1, false),
                            record(3, "a%", 1, 1, false),
                            record(4, "b", 1, 1, false),
                            record(5, "a/z", 2, 1, true)))
                    .get();
            Arc whole = new Arc(Identifier.ZERO, Identifier.ZERO);
            assertThat(store.names().page(NameIndex.Query.of(new NameFilter("a/", ""), whole), "", 10))
                    .extracting(Record::getLabel)
                    .containsExactly("a/x", "a/y");
            assertThat(store.names().page(NameIndex.Query.of(new NameFilter("", ""), whole), "a/x", 10))
                    .extracting(Record::getLabel)
                    .containsExactly("a/y", "b");
            assertThat(store.names().page(NameIndex.Query.of(new NameFilter("a%", ""), whole), "", 10))
                    .extracting(Record::getLabel)
                    .containsExactly("a%");
        });
    }

    @Test
    void aLeaseEnds() throws Exception {
        inStore(Clock.fixed(Instant.ofEpochMilli(1000), ZoneOffset.UTC), store -> {
            Record leased =
                    record(1, "a", 1, 1, false).toBuilder().setLeaseMillis(500).build();
            store.merge(List.of(leased)).get();
            assertThat(store.find(Identifier.of(1), RecordKind.RECORD_KIND_NAME, "a"))
                    .isPresent();
        });
        Path directory = Files.createTempDirectory("chord-lease-");
        try (Database database = new Database(directory.resolve("r.db"), RecordStore.SCHEMA)) {
            Record leased =
                    record(1, "a", 1, 1, false).toBuilder().setLeaseMillis(500).build();
            new RecordStore(database, Clock.fixed(Instant.ofEpochMilli(1000), ZoneOffset.UTC))
                    .merge(List.of(leased))
                    .get();
            RecordStore later = new RecordStore(database, Clock.fixed(Instant.ofEpochMilli(1501), ZoneOffset.UTC));
            assertThat(later.find(Identifier.of(1), RecordKind.RECORD_KIND_NAME, "a"))
                    .isEmpty();
            assertThat(later.purge().get()).isEqualTo(1);
        }
    }

    @Test
    void aDeletedNameStaysDeletedWhenAnOldCopyComesBackAfterAPurge() throws Exception {
        inStore(NOW, store -> {
            Record deleted = record(1, "a", 5, 1, true).toBuilder()
                    .setLeaseMillis(RecordLimits.DEFAULT.tombstone())
                    .build();
            store.merge(List.of(deleted)).get();
            store.purge().get();
            store.merge(List.of(record(1, "a", 4, 2, false))).get();
            assertThat(store.find(Identifier.of(1), RecordKind.RECORD_KIND_NAME, "a"))
                    .hasValueSatisfying(r -> assertThat(r.getDeleted()).isTrue());
        });
    }

    @Test
    void equalRecordsHaveEqualFingerprintsAndAnyDifferenceShowsInItsPart() throws Exception {
        List<Record> records =
                List.of(record(1, "a", 5, 1, true), record(2, "b", 1, 2, false), record(300, "c", 1, 1, false));
        Arc arc = new Arc(Identifier.of(0), Identifier.of(299));
        inStore(
                NOW,
                here -> inStore(NOW, there -> {
                    here.merge(records).get();
                    there.merge(List.of(records.get(1), records.get(0))).get();
                    assertThat(differing(here, there, arc))
                            .as("key 300 is not in the arc")
                            .isEmpty();
                    assertThat(differing(here, there, new Arc(Identifier.of(9), Identifier.of(9))))
                            .containsExactly(300 % 256);
                    there.merge(List.of(record(2, "b", 2, 2, false))).get();
                    assertThat(differing(here, there, arc)).containsExactly(2);
                }));
    }

    private static List<Integer> differing(RecordStore here, RecordStore there, Arc arc) {
        Fingerprints a = here.fingerprints(arc);
        Fingerprints b = there.fingerprints(arc);
        return IntStream.range(0, Fingerprints.PARTS)
                .filter(part -> a.get(part) != b.get(part))
                .boxed()
                .toList();
    }

    @Test
    void aWriteThatTheWinnerDidNotKnowOfIsNotedAndOneThatWasOverwrittenIsNot() throws Exception {
        Record first = named("first", 1, 11L);
        Record second = named("second", 2, 12L, 11L);
        Record otherSide = named("other", 3, 21L, 11L);
        Record last = named("last", 4, 31L, 21L, 11L);
        for (List<Record> order : List.of(
                List.of(first, second, otherSide, last),
                List.of(last, otherSide, second, first),
                List.of(first, last, second))) {
            inStore(NOW, store -> {
                for (Record record : order) {
                    store.merge(List.of(record)).get();
                    store.merge(List.of(record)).get();
                }
                assertThat(store.conflicts().all())
                        .singleElement()
                        .satisfies(c -> assertThat(c.loser().sequence()).isEqualTo(2));
            });
        }
    }

    private static Record named(String content, long sequence, Long... operations) {
        NameValue value = NameValue.newBuilder()
                .setContent(WireCodec.out(Identifier.sha256(content.getBytes(StandardCharsets.UTF_8))))
                .build();
        return record(1, "name", sequence, 1, false).toBuilder()
                .setValue(value.toByteString())
                .addAllOperations(List.of(operations))
                .build();
    }
}
