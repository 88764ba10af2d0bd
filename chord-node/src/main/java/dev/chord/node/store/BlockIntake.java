package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.node.store.BlockShelf.Label;
import dev.chord.node.store.BlockShelf.SyncFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** The way of a new block to its shelf: if there is room for it, and listed once it is durable. */
final class BlockIntake {
    private final StoreLimits limits;
    private final DiskGuard guard;
    private final Room room;
    private final UnfinishedUploads uploads;
    private final BlockShelf files;
    private final BlockShelf small;
    private final BlockCopies wishes;
    private final BlockIndex index;

    BlockIntake(
            StoreLimits limits,
            DiskGuard guard,
            Room room,
            UnfinishedUploads uploads,
            BlockShelf files,
            BlockShelf small,
            BlockCopies wishes,
            BlockIndex index) {
        this.limits = limits;
        this.guard = guard;
        this.room = room;
        this.uploads = uploads;
        this.files = files;
        this.small = small;
        this.wishes = wishes;
        this.index = index;
    }

    /** Begins to store a block; the future completes when it is durable or refused, and never fails. */
    CompletableFuture<Kept> begin(Arrival arrival) {
        ByteBuffer data = arrival.data();
        Label label = new Label(arrival.digest(), data.remaining());
        int copies = arrival.copies() == 0 ? limits.copies() : arrival.copies();
        long leaseMillis = arrival.lease().orElse(index.lease());
        BlockShelf shelf = label.size() <= limits.small() ? small : files;
        Room.Claim claim;
        try {
            guard.requireWorking();
            claim = room.claim(label.size(), arrival.upload());
        } catch (ChordException e) {
            return CompletableFuture.completedFuture(Kept.refused(e));
        }
        CompletableFuture<?> durable;
        try {
            durable = write(label, data, copies, shelf);
        } catch (ChordException e) {
            durable = CompletableFuture.failedFuture(e);
        } catch (RuntimeException | Error e) {
            claim.close();
            throw e;
        }
        return durable.handle((done, failure) -> {
            if (failure != null) {
                claim.close();
                return Kept.refused(failure);
            }
            claim.settle(() -> {
                uploads.arrived(label.digest(), arrival.upload());
                index.add(label, shelf, copies, leaseMillis);
            });
            return Kept.NEW;
        });
    }

    private CompletableFuture<?> write(Label label, ByteBuffer data, int copies, BlockShelf shelf) {
        try {
            CompletableFuture<?> wish = copies == limits.copies()
                    ? CompletableFuture.completedFuture(true)
                    : wishes.set(label.digest(), copies);
            return CompletableFuture.allOf(wish, shelf.put(label.digest(), data));
        } catch (SyncFailedException e) {
            guard.failed(e);
            throw DiskErrors.translate(e);
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
    }
}
