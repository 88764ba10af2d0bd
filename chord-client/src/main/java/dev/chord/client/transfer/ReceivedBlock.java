package dev.chord.client.transfer;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import dev.chord.core.id.Identifier;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A block in the very buffers in which the network delivered it, so that it is hashed and written without
 * being copied. Whoever takes one closes it; then the buffers go back to the network and must not be looked
 * at any more.
 */
final class ReceivedBlock implements AutoCloseable {
    /** The call that brings one. */
    static final MethodDescriptor<GetBlockRequest, ReceivedBlock> METHOD =
            BlockServiceGrpc.getGetBlockMethod().toBuilder(
                            BlockServiceGrpc.getGetBlockMethod().getRequestMarshaller(), new Marshaller())
                    .build();

    private final List<ByteBuffer> data;
    private final InputStream held;

    private ReceivedBlock(ByteString data, InputStream held) {
        this.data = data.asReadOnlyByteBufferList();
        this.held = held;
    }

    /** One that came among others, in memory of its own. */
    static ReceivedBlock of(GetBlockReply reply) {
        return new ReceivedBlock(reply.getData(), InputStream.nullInputStream());
    }

    /** The bytes, in order. */
    List<ByteBuffer> data() {
        return data;
    }

    boolean is(Identifier digest) {
        return Identifier.sha256(data).equals(digest);
    }

    /** The bytes for one who will read them later than this is closed. */
    ByteBuffer copy() {
        ByteBuffer copy = ByteBuffer.allocate(
                data.stream().mapToInt(ByteBuffer::remaining).sum());
        data.forEach(part -> copy.put(part.duplicate()));
        return copy.flip();
    }

    @Override
    public void close() {
        try {
            held.close();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }

    private static final class Marshaller implements MethodDescriptor.Marshaller<ReceivedBlock> {
        private static final int DATA = GetBlockReply.DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

        @Override
        public InputStream stream(ReceivedBlock value) {
            throw new UnsupportedOperationException("blocks are received only");
        }

        @Override
        public ReceivedBlock parse(InputStream stream) {
            InputStream held = stream;
            try {
                ByteString message;
                if (stream instanceof Detachable network
                        && stream instanceof KnownLength
                        && stream instanceof HasByteBuffer buffers
                        && buffers.byteBufferSupported()
                        && stream.markSupported()) {
                    held = network.detach();
                    message = view(held);
                } else {
                    message = ByteString.readFrom(stream);
                }
                return new ReceivedBlock(block(message), held);
            } catch (InvalidProtocolBufferException e) {
                throw refused(
                        held,
                        Status.INTERNAL
                                .withDescription("an answer that is none")
                                .withCause(e));
            } catch (IOException e) {
                throw refused(held, Status.INTERNAL.withCause(e));
            }
        }

        // The parsers made from the contract copy bytes that lie in more than one buffer.
        private static ByteString block(ByteString message) throws IOException {
            CodedInputStream in = CodedInputStream.newInstance(message.newInput());
            ByteString block = ByteString.EMPTY;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (tag == DATA) {
                    int length = in.readRawVarint32();
                    int begin = in.getTotalBytesRead();
                    in.skipRawBytes(length);
                    block = message.substring(begin, begin + length);
                } else {
                    in.skipField(tag);
                }
            }
            return block;
        }

        private static RuntimeException refused(InputStream held, Status why) {
            try {
                held.close();
            } catch (IOException e) {
                why = why.augmentDescription(e.toString());
            }
            return why.asRuntimeException();
        }

        // Marked, for else the stream gives back each buffer that has been read to its end.
        private static ByteString view(InputStream held) throws IOException {
            List<ByteString> parts = new ArrayList<>();
            held.mark(held.available());
            while (held.available() > 0) {
                ByteBuffer part = ((HasByteBuffer) held).getByteBuffer();
                parts.add(UnsafeByteOperations.unsafeWrap(part));
                held.skipNBytes(part.remaining());
            }
            held.reset();
            return ByteString.copyFrom(parts);
        }
    }
}
