package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.records.Claim;
import dev.chord.core.records.RecordDisk.Batch;
import dev.chord.core.records.RecordDisk.Claims;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.records.Tenure;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node has promised outlives its process. */
class ClaimStoreTest {
    private static final StoreLimits LIMITS = new StoreLimits(0, disk -> 1L << 40, StoreLimits.SMALL);

    @TempDir
    private Path root;

    @Test
    void whatWasPromisedIsThereInTheNextLife() throws Exception {
        Peer holder = new Peer(Identifier.of(7), new Endpoint("n", 1), "z", Identifier.of(7), 1);
        Claim claim = Claim.NONE.establish(new Tenure(3, List.of(holder))).promise(5);
        Arc arc = new Arc(Identifier.of(1), Identifier.of(9));
        Claims claims = new Claims(List.of(new ArcMap.Piece<>(arc, claim)), Map.of(Identifier.of(4), 2L));
        try (NodeStore store = open();
                StoredRecords disk = store.recordDisk(Runnable::run)) {
            CompletableFuture<Durability> kept = new CompletableFuture<>();
            disk.persist(new Batch(List.of(), Optional.of(claims), 5, List.of()), kept::complete);
            assertThat(kept.get()).isEqualTo(Durability.DURABLE);
        }
        try (NodeStore store = open()) {
            assertThat(store.claims().load()).isEqualTo(claims);
            assertThat(store.records().epoch()).isEqualTo(5);
        }
    }

    private NodeStore open() throws Exception {
        return new NodeStore(new DiskIo(), root, LIMITS, Clock.systemUTC());
    }
}
