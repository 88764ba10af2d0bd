package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import dev.chord.node.store.BlockShelf.Label;
import dev.chord.node.store.BlockShelf.SyncFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The way of a new block to its shelf: if there is room for it, and listed once it is durable. */
final class BlockIntake {
    private final StoreLimits limits;
    private final DiskGuard guard;
    private final Room room;
    private final BlockShelf files;
    private final BlockShelf small;
    private final BlockCatalogue catalogue;

    BlockIntake(
            StoreLimits limits,
            DiskGuard guard,
            Room room,
            BlockShelf files,
            BlockShelf small,
            BlockCatalogue catalogue) {
        this.limits = limits;
        this.guard = guard;
        this.room = room;
        this.files = files;
        this.small = small;
        this.catalogue = catalogue;
    }

    /**
     * Begins to store a block; the future completes when it is durable, or with why it is refused, and
     * never fails.
     */
    CompletableFuture<Optional<ChordException>> begin(Identifier digest, ByteBuffer data, Precedence by) {
        Label label = new Label(digest, data.remaining());
        BlockShelf shelf = label.size() <= limits.small() ? small : files;
        Room.Claim claim;
        try {
            guard.requireWorking();
            claim = room.claim(label.size(), by);
        } catch (ChordException e) {
            return CompletableFuture.completedFuture(Optional.of(e));
        }
        CompletableFuture<?> durable;
        try {
            durable = write(label, data, shelf);
        } catch (ChordException e) {
            durable = CompletableFuture.failedFuture(e);
        } catch (RuntimeException | Error e) {
            claim.close();
            throw e;
        }
        return durable.handle((done, failure) -> {
            if (failure != null) {
                claim.close();
                return Optional.of(refusal(failure));
            }
            claim.settle(() -> catalogue.add(label, shelf));
            return Optional.empty();
        });
    }

    private CompletableFuture<?> write(Label label, ByteBuffer data, BlockShelf shelf) {
        try {
            return shelf.put(label.digest(), data);
        } catch (SyncFailedException e) {
            guard.failed(e);
            throw DiskErrors.translate(e);
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
    }

    private static ChordException refusal(Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return why instanceof ChordException chord
                ? chord
                : new ChordException(ErrorCode.INTERNAL, "storing failed: " + why, "see the node's log", why);
    }
}
