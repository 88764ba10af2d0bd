package dev.chord.client.wire;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.proto.v1.ConfirmTransferRequest;
import dev.chord.proto.v1.FingerprintBlocksRequest;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.PutBlocksRequest;
import dev.chord.proto.v1.ReleaseUploadRequest;
import dev.chord.proto.v1.RenewBlocksRequest;
import dev.chord.proto.v1.StoreBlockRequest;
import dev.chord.proto.v1.StoreBlocksRequest;
import java.util.List;

/**
 * What is acceptable in messages about blocks. Pure; any thread. Throws {@link MalformedMessageException}.
 */
public final class BlockChecks {
    /** The largest block. */
    public static final int BYTES = 4 * 1024 * 1024;

    private static final int COPIES = 64;
    private static final int CANDIDATES = 256;
    private static final int TRANSFER = 64;

    private BlockChecks() {}

    /** Any request; what is none of them is acceptable here. */
    public static void request(Object message) {
        if (message instanceof GetBlockRequest get) {
            get(get);
        } else if (message instanceof GetBlocksRequest many) {
            batch(many.getBlocksCount());
            many.getBlocksList().forEach(BlockChecks::get);
        } else if (message instanceof PutBlockRequest put) {
            put(put);
        } else if (message instanceof PutBlocksRequest many) {
            batch(many.getBlocksCount());
            many.getBlocksList().forEach(BlockChecks::put);
        } else if (message instanceof StoreBlockRequest store) {
            store(store);
        } else if (message instanceof StoreBlocksRequest many) {
            batch(many.getBlocksCount());
            many.getBlocksList().forEach(BlockChecks::store);
        } else if (message instanceof HasBlocksRequest has) {
            digests(has.getDigestsList());
            RecordChecks.keep(has.getKeepMillis());
        } else if (message instanceof RenewBlocksRequest renew) {
            digests(renew.getDigestsList());
            copies(renew.getCopies());
            upload(renew.getUpload(), 0);
        } else if (message instanceof ReleaseUploadRequest release) {
            WireCodec.in(release.getUpload());
        } else if (message instanceof FingerprintBlocksRequest fingerprints) {
            WireCodec.in(fingerprints.getArc());
        } else if (message instanceof ConfirmTransferRequest end) {
            confirm(end);
        }
    }

    private static void batch(int many) {
        if (many > Batches.MOST) {
            throw new MalformedMessageException(
                    Fault.COUNT, "too many questions in one message, " + Batches.MOST + " are the limit");
        }
    }

    private static void get(GetBlockRequest get) {
        WireCodec.in(get.getDigest());
        transfer(get.getTransfer());
    }

    private static void put(PutBlockRequest put) {
        block(put.getDigest(), put.getData(), put.getCopies());
        if (put.getCandidatesCount() > CANDIDATES) {
            throw new MalformedMessageException(
                    Fault.COUNT, put.getCandidatesCount() + " candidates, " + CANDIDATES + " are the limit");
        }
        WireCodec.in(put.getCandidatesList());
        upload(put.getUpload(), put.getUploadBytes());
    }

    private static void store(StoreBlockRequest store) {
        block(store.getDigest(), store.getData(), store.getCopies());
        number(store.getLeaseMillis(), "a lease");
        upload(store.getUpload(), store.getUploadBytes());
    }

    private static void upload(ByteString upload, long bytes) {
        WireCodec.upload(upload, bytes);
        number(bytes, "an upload's size");
    }

    private static void block(ByteString digest, ByteString data, int copies) {
        WireCodec.in(digest);
        if (data.size() > BYTES) {
            throw new MalformedMessageException(
                    Fault.SIZE, "a block of " + data.size() + " bytes, " + BYTES + " are the limit");
        }
        copies(copies);
    }

    static void copies(int copies) {
        if (copies < 0 || copies > COPIES) {
            throw new MalformedMessageException(
                    Fault.NUMBER, Integer.toUnsignedString(copies) + " copies, " + COPIES + " are the limit");
        }
    }

    private static void digests(List<ByteString> digests) {
        if (digests.size() > Batches.DIGESTS) {
            throw new MalformedMessageException(
                    Fault.COUNT, digests.size() + " digests, " + Batches.DIGESTS + " are the limit");
        }
        digests.forEach(WireCodec::in);
    }

    private static void transfer(String transfer) {
        if (transfer.length() > TRANSFER) {
            throw new MalformedMessageException(Fault.SIZE, "a transfer's number of more than " + TRANSFER);
        }
    }

    private static void confirm(ConfirmTransferRequest end) {
        transfer(end.getTransfer());
        WireCodec.in(end.getContent());
        WireCodec.in(end.getDigest());
        number(end.getBytes(), "bytes");
        number(end.getBlocks(), "blocks");
        number(end.getMicros(), "a time");
    }

    static void number(long told, String what) {
        if (!NumberBounds.asked(told)) {
            throw new MalformedMessageException(Fault.NUMBER, what + " of " + Long.toUnsignedString(told));
        }
    }
}
