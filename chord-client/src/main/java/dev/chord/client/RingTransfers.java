package dev.chord.client;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.error.WriteFailure;
import dev.chord.client.files.Destination;
import dev.chord.client.transfer.Downloader;
import dev.chord.client.transfer.PartFile;
import dev.chord.client.transfer.Streams;
import dev.chord.client.transfer.TransferControl;
import dev.chord.client.wire.Await;
import dev.chord.core.ring.Peer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Downloads: from all sources at once, each chunk from the one that would be done with it first, verified on
 * arrival, resumed if an earlier try was cut off.
 */
public final class RingTransfers {
    private final Ring.Parts parts;
    private final RingFiles files;
    private final Peer entry;
    private final RingOptions options;

    RingTransfers(Ring.Parts parts, RingFiles files, Peer entry, RingOptions options) {
        this.parts = parts;
        this.files = files;
        this.entry = entry;
        this.options = options;
    }

    /** A download in the making. */
    public final class Plan {
        private final String ref;
        private final Supplier<Destination> target;
        private Optional<String> node = Optional.empty();
        private long bytesPerSecond;
        private Progress progress = Progress.NONE;

        private Plan(String ref, Supplier<Destination> target) {
            this.ref = ref;
            this.target = target;
        }

        /** Takes it from one node alone: an address, or the beginning of a process id. */
        public Plan from(String only) {
            node = Optional.of(only);
            return this;
        }

        /** Takes so many bytes a second at most; 0: as many as come. */
        public Plan limit(long bytes) {
            bytesPerSecond = bytes;
            return this;
        }

        /** Tells somebody how far it is. */
        public Plan tell(Progress listener) {
            progress = listener;
            return this;
        }

        /** Begins it in a thread of its own. */
        public Transfer start() {
            TransferControl control = new TransferControl(bytesPerSecond);
            Transfer transfer = new Transfer(control);
            transfer.start(moved -> fetch(this, control, moved), progress);
            return transfer;
        }

        /** Carries it out, and returns at its end. */
        public Downloaded run() {
            return fetch(this, new TransferControl(bytesPerSecond), progress);
        }
    }

    /** A file to be fetched into the place that somebody named: see {@link Destination#named}. */
    public Plan download(String ref, Path target) {
        return new Plan(ref, () -> Destination.named(target));
    }

    /**
     * A file to be fetched to a place below a directory, whose name comes from the ring: see
     * {@link Destination#below}.
     */
    public Plan downloadBelow(String ref, Path directory, String name) {
        return new Plan(ref, () -> Destination.below(directory, name));
    }

    private Downloaded fetch(Plan plan, TransferControl control, Progress progress) {
        Destination target = plan.target.get();
        Refs.Resolved found = files.resolve(plan.ref);
        Refs.Resolved resolved = new Refs.Resolved(found.content(), found.name(), plan.node.or(found::node));
        Future<List<Peer>> providers = providers(resolved);
        FileManifest manifest = files.manifest(resolved.content());
        try {
            if (target.special()) {
                try (FileChannel into = target.openSpecial()) {
                    Range all = new Range(manifest, 0, manifest.size() - 1, into);
                    return done(target, resolved, manifest, 0, fetch(resolved, manifest, providers, all, control));
                }
            }
            LongConsumer moved = done -> progress.moved(done, manifest.size());
            try (PartFile part = new PartFile(target, resolved.content(), manifest, moved)) {
                List<Downloader.Delivery> deliveries = fetch(resolved, manifest, providers, part, control);
                part.finish();
                return done(target, resolved, manifest, part.resumed(), deliveries);
            }
        } catch (IOException e) {
            throw failedToWrite(target.path().toString(), e);
        }
    }

    private static Downloaded done(
            Destination target,
            Refs.Resolved resolved,
            FileManifest manifest,
            long resumed,
            List<Downloader.Delivery> deliveries) {
        List<Downloaded.Receipt> receipts = deliveries.stream()
                .map(d -> new Downloaded.Receipt(d.source(), d.blocks(), d.bytes(), d.confirmed(), d.chunks()))
                .toList();
        return new Downloaded(target.path(), resolved.content(), manifest.size(), manifest.digest(), resumed, receipts);
    }

    // Asked for while the manifest is on its way: on a long line each answer waited for is felt.
    private Future<List<Peer>> providers(Refs.Resolved resolved) {
        try {
            return parts.workers().submit(() -> files.providers(resolved));
        } catch (RejectedExecutionException e) {
            throw Downloader.closed(e);
        }
    }

    private List<Downloader.Delivery> fetch(
            Refs.Resolved resolved,
            FileManifest manifest,
            Future<List<Peer>> providers,
            Downloader.ChunkTarget target,
            TransferControl control)
            throws IOException {
        return downloader().download(job(resolved, manifest, providers, target, control));
    }

    private Downloader downloader() {
        return new Downloader(parts.blocks(), parts.channels(), parts.workers(), options.window(), options.timeout());
    }

    private Downloader.Job job(
            Refs.Resolved resolved,
            FileManifest manifest,
            Future<List<Peer>> providers,
            Downloader.ChunkTarget target,
            TransferControl control) {
        Predicate<Peer> allowed = resolved.node()
                .<Predicate<Peer>>map(node -> peer -> RingFiles.isMeant(peer, node))
                .orElse(peer -> true);
        return new Downloader.Job(
                resolved.content(),
                manifest,
                Await.REAL.of(providers, options.timeout().multipliedBy(2), "who shares the file"),
                allowed,
                UUID.randomUUID().toString(),
                entry.zone(),
                options.replicas(),
                target,
                control);
    }

    /** See {@link RingStreams#read}. */
    Flow.Publisher<ByteBuffer> stream(
            Streams streams, Refs.Resolved file, FileManifest manifest, long from, long last) {
        Range nowhere = new Range(manifest, from, last, Channels.newChannel(OutputStream.nullOutputStream()));
        Downloader.Job job = job(file, manifest, providers(file), nowhere, TransferControl.none());
        return streams.download(downloader(), job, from, last);
    }

    void copyTo(String ref, long from, long to, OutputStream out) {
        copy(files.resolve(ref), from, to, TransferControl.none(), out);
    }

    /** See {@link RingStreams#copy}. */
    void copy(Refs.Resolved resolved, long from, long to, TransferControl control, OutputStream out) {
        Future<List<Peer>> providers = providers(resolved);
        FileManifest manifest = files.manifest(resolved.content());
        long last = to < 0 ? manifest.size() - 1 : Math.min(to, manifest.size() - 1);
        if (from < 0 || from > Math.max(0, manifest.size() - 1) || (to >= 0 && to < from)) {
            throw new ChordException(
                    ErrorCode.USAGE, "range " + from + "-" + to + " is not within " + manifest.size() + " bytes", "");
        }
        try {
            fetch(resolved, manifest, providers, new Range(manifest, from, last, Channels.newChannel(out)), control);
            out.flush();
        } catch (IOException e) {
            throw failedToWrite("the output", e);
        }
    }

    /** Part of a file on its way into a stream. */
    private record Range(FileManifest manifest, long from, long last, WritableByteChannel sink)
            implements Downloader.ChunkTarget {
        @Override
        public boolean ordered() {
            return true;
        }

        @Override
        public boolean wants(int index) {
            long start = manifest.offset(index);
            return start <= last && start + manifest.length(index) > from;
        }

        @Override
        public void chunk(int index, List<ByteBuffer> data) throws IOException {
            long at = manifest.offset(index);
            for (ByteBuffer part : data) {
                int begin = (int) Math.max(0, from - at);
                int end = (int) Math.min(part.remaining(), last + 1 - at);
                at += part.remaining();
                if (begin < end) {
                    writeAll(sink, part.slice(begin, end - begin));
                }
            }
        }

        @Override
        public void done(int index) {}

        private static void writeAll(WritableByteChannel sink, ByteBuffer data) throws IOException {
            while (data.hasRemaining()) {
                sink.write(data); // a device or a pipe takes as much as it likes
            }
        }
    }

    private static ChordException failedToWrite(String what, IOException e) {
        if (WriteFailure.of(e) == WriteFailure.NO_ROOM) {
            return new ChordException(
                    ErrorCode.NO_SPACE, "no space left for " + what, "free some; the download resumes", e);
        }
        if (String.valueOf(e.getMessage()).contains("File name too long")) {
            return new ChordException(
                    ErrorCode.USAGE, what + " cannot be a file here: its name is too long", "name it with -o FILE", e);
        }
        if (e instanceof AccessDeniedException) {
            return new ChordException(
                    ErrorCode.INTERNAL, what + " may not be written", "check the permissions of its directory", e);
        }
        return new ChordException(ErrorCode.INTERNAL, "writing " + what + " failed: " + e, "check the disk", e);
    }
}
