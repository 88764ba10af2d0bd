package dev.chord.node.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What a fuzzer begins with: messages as a real caller would send them, and texts of each grammar. */
final class FuzzSeeds {
    private static final int DEPTH = 5;
    private static final int ID_BYTES = 32;

    private FuzzSeeds() {}

    static List<byte[]> texts(String... texts) {
        List<byte[]> seeds = new ArrayList<>();
        for (String text : texts) {
            seeds.add(text.getBytes(StandardCharsets.UTF_8));
        }
        return seeds;
    }

    /** For each method of a service a whole message, and one for each choice that it offers. */
    static List<byte[]> messages(ServiceDescriptor service) {
        List<byte[]> seeds = new ArrayList<>();
        List<MethodDescriptor<?, ?>> methods = List.copyOf(service.getMethods());
        for (int i = 0; i < methods.size(); i++) {
            Message empty = emptyRequest(methods.get(i));
            for (int choice = 0; choice < choices(empty); choice++) {
                byte[] message = filled(empty, choice, DEPTH).toByteArray();
                byte[] seed = new byte[message.length + 1];
                seed[0] = (byte) i;
                System.arraycopy(message, 0, seed, 1, message.length);
                seeds.add(seed);
            }
        }
        return seeds;
    }

    private static Message emptyRequest(MethodDescriptor<?, ?> method) {
        return (Message) method.parseRequest(new ByteArrayInputStream(new byte[0]));
    }

    private static int choices(Message message) {
        return message.getDescriptorForType().getRealOneofs().stream()
                .mapToInt(choice -> choice.getFieldCount())
                .max()
                .orElse(1);
    }

    private static Message filled(Message empty, int choice, int depth) {
        Message.Builder builder = empty.newBuilderForType();
        for (FieldDescriptor field : empty.getDescriptorForType().getFields()) {
            boolean chosen = field.getRealContainingOneof() == null
                    || field.getRealContainingOneof().getFields().indexOf(field)
                            == choice % field.getRealContainingOneof().getFieldCount();
            if (!chosen || depth == 0 && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                continue;
            }
            Object value = value(builder, field, depth);
            if (field.isRepeated()) {
                builder.addRepeatedField(field, value);
            } else {
                builder.setField(field, value);
            }
        }
        return builder.build();
    }

    private static Object value(Message.Builder builder, FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> field.getName().equals("port") ? 9 : 1;
            case LONG -> 1L;
            case FLOAT -> 1f;
            case DOUBLE -> 1d;
            case BOOLEAN -> true;
            case STRING -> field.getName().equals("host") ? "127.0.0.1" : FuzzBed.NAME;
            case BYTE_STRING -> ByteString.copyFrom(new byte[ID_BYTES]);
            case ENUM -> lastOf(field.getEnumType());
            case MESSAGE -> filled(builder.newBuilderForField(field).build(), 0, depth - 1);
        };
    }

    private static Object lastOf(EnumDescriptor type) {
        return type.getValues().get(type.getValues().size() - 1);
    }

    /** The same bytes with some of them changed, left out or doubled. */
    static byte[] mutated(byte[] seed, SplittableRandom random) {
        byte[] bytes = seed.clone();
        int times = random.nextInt(1, 5);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = spliced(bytes, at, 0, Math.min(bytes.length - at, random.nextInt(1, 9)));
                default -> bytes = spliced(bytes, at, random.nextInt(1, 9), 0);
            }
        }
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int at, int added, int removed) {
        byte[] result = new byte[bytes.length + added - removed];
        System.arraycopy(bytes, 0, result, 0, at);
        for (int i = 0; i < added; i++) {
            result[at + i] = (byte) 0xff;
        }
        System.arraycopy(bytes, at + removed, result, at + added, bytes.length - at - removed);
        return result;
    }
}
