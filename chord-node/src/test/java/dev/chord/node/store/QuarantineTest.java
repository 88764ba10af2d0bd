package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.RecordChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an earlier version let onto the disk and no client could have written: put aside, shown, removed. */
class QuarantineTest {
    private static final Arc ALL = new Arc(Identifier.ZERO, Identifier.ZERO);

    @TempDir
    private Path directory;

    private static Record name(String label, long sequence) {
        return Record.newBuilder()
                .setKey(WireCodec.out(Label.key(label)))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel(label)
                .setVersion(WireCodec.out(new Version(sequence, Identifier.of(1))))
                .setValue(NameValue.newBuilder()
                        .setContent(WireCodec.out(Identifier.of(7)))
                        .setSize(1)
                        .build()
                        .toByteString())
                .build();
    }

    @Test
    void whatNoClientCouldHaveWrittenIsPutAsideAndCanBeRemoved() throws Exception {
        Record elsewhere = name("elsewhere", 3).toBuilder()
                .setKey(WireCodec.out(Identifier.of(9)))
                .build();
        Record unreadable = name("unreadable", 4).toBuilder()
                .setValue(ByteString.copyFromUtf8("\u0001\u0002\u0003"))
                .build();
        List<Record> bad = List.of(name("../../etc/cron.d/x", 1), name("c1\u009b31mred", 2), elsewhere, unreadable);
        try (Database database = new Database(directory.resolve("records.db"), NodeStore.SCHEMA)) {
            RecordStore earlier = new RecordStore(database, Clock.systemUTC());
            earlier.merge(List.of(name("good/one", 6))).get();
            earlier.merge(bad).get();
            earlier.merge(List.of(name("good/two", 7))).get();
        }
        try (Database database = new Database(directory.resolve("records.db"), NodeStore.SCHEMA)) {
            Quarantine quarantine = new Quarantine(database);
            quarantine.fill();
            RecordStore now = new RecordStore(database, Clock.systemUTC(), RecordChecks::isWhole);
            assertThat(now.after(Optional.empty(), 100))
                    .extracting(Record::getLabel)
                    .containsExactlyInAnyOrder("good/one", "good/two");
            assertThat(now.names().page(NameIndex.Query.of(new NameFilter("", ""), ALL), "", 100))
                    .hasSize(2);
            assertThat(quarantine.all())
                    .hasSize(bad.size())
                    .allMatch(item -> !item.reason().isEmpty());
            now.merge(bad).get();
            assertThat(now.count()).as("none comes back, whoever brings it").isEqualTo(2);
            assertThat(quarantine.remove("good/one").get()).isZero();
            assertThat(quarantine.remove("../../etc/cron.d/x").get()).isEqualTo(1);
            assertThat(quarantine.remove("c1\\u{9b}31mred").get())
                    .as("as it is shown")
                    .isEqualTo(1);
            assertThat(quarantine.remove(Identifier.of(9).toHex()).get())
                    .as("by its key")
                    .isEqualTo(1);
            quarantine.fill();
            assertThat(quarantine.remove("").get()).isEqualTo(1);
            assertThat(quarantine.all()).isEmpty();
        }
    }

    @Test
    void anEpochThatLeavesNoRoomIsNotBelieved() throws Exception {
        try (Database database = new Database(directory.resolve("records.db"), NodeStore.SCHEMA)) {
            database.write(connection -> {
                        try (var insert = connection.prepareStatement("INSERT INTO epochs VALUES (?)")) {
                            insert.setLong(1, Long.MAX_VALUE);
                            return insert.executeUpdate();
                        }
                    })
                    .get();
            assertThat(new RecordStore(database, Clock.systemUTC()).epoch()).isZero();
        }
    }
}
